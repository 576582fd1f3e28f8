#include "lock/plain_toml.h"

#include <algorithm>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <toml++/toml.h>

namespace cartwheel::lock {
namespace {

const std::string kLock = R"(# made by a test
version = 1
requires-python = ">=3.11"  # and up
conflicts = [[
    { package = "p", extra = "a" },
    { package = "p", group = "b" },
]]

[manifest]
members = ["p", 'q']
empty = []
nothing = {}

[[package]]
name = "p"
source = { editable = "." }
dependencies = [
    # for Windows
    { name = "q", marker = "extra == \"a\" and os_name == 'nt'" },
]

[package.optional-dependencies]
a = [{ name = "q" }]

[package.metadata.more]
yes = true
no = false
size = -3
none = 0
path = "C:\\x"

[[package]]
name = "q"
uploaded = 2024-01-01T00:00:00Z
wheels = [
    { url = "https://f.test/q-1-py3-none-any.whl", hash = "sha256:ab", size = 123456789012 },
]

[[package.also]]
x = [[1, 2], ["a"], []]
[[package.also]]
)";

// The tree as text, entries of tables in order of the key.
void print(const Node& node, std::ostream& out) {
  out << node.line << ':';
  std::vector<const Node*> inner;
  for (const Node* child = node.first; child != nullptr; child = child->next) {
    inner.push_back(child);
  }
  switch (node.kind) {
    case Node::Kind::table:
      std::ranges::sort(inner, {}, &Node::key);
      out << '{';
      for (const Node* child : inner) {
        out << child->key << '=';
        print(*child, out);
      }
      out << '}';
      break;
    case Node::Kind::array:
      out << '[';
      for (const Node* child : inner) {
        print(*child, out);
      }
      out << ']';
      break;
    case Node::Kind::integer:
      out << node.integer;
      break;
    case Node::Kind::boolean:
      out << (node.integer != 0 ? "true" : "false");
      break;
    default:
      out << '<' << node.text << '>';
      break;
  }
}

void print(const toml::node& node, std::ostream& out) {
  out << node.source().begin.line << ':';
  if (const toml::table* table = node.as_table()) {
    out << '{';
    for (const auto& [key, value] : *table) {
      out << key.str() << '=';
      print(value, out);
    }
    out << '}';
  } else if (const toml::array* array = node.as_array()) {
    out << '[';
    for (const toml::node& element : *array) {
      print(element, out);
    }
    out << ']';
  } else if (const auto* text = node.as_string()) {
    out << '<' << text->get() << '>';
  } else if (const auto* integer = node.as_integer()) {
    out << integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    out << (boolean->get() ? "true" : "false");
  } else if (const auto* time = node.as_date_time()) {
    out << '<' << time->get() << '>';
  } else {
    out << "something else";
  }
}

template <typename Tree>
std::string printed(const Tree& tree) {
  std::ostringstream out;
  print(tree, out);
  return out.str();
}

std::string read_by_toml(const std::string& text) {
  try {
    return printed(static_cast<const toml::node&>(toml::parse(text)));
  } catch (const toml::parse_error& error) {
    return std::string("refused: ") + std::string(error.description());
  }
}

TEST(PlainToml, IsReadAsTomlReadsIt) {
  std::optional<Document> plain = parse_plain(kLock);
  ASSERT_TRUE(plain);
  EXPECT_EQ(printed(plain->root()), read_by_toml(kLock));
}

TEST(PlainToml, TakesTheEdgesOfTheGrammar) {
  for (const char* text : {"",
                           "\n\n",
                           "# only this",
                           "a=1",
                           "a = [ ]",
                           "a = [1,]",
                           "a = [ # why\n 1 , \n # not\n 2 ]",
                           "a = { b = { c = [{ d = \"\" }] } } # end",
                           "[a.b]\n[a.c]\n[[a.d]]\n[a.d.e]",
                           "a-_9 = ''",
                           "\ta\t=\t0\t"}) {
    std::optional<Document> plain = parse_plain(text);
    ASSERT_TRUE(plain) << text;
    EXPECT_EQ(printed(plain->root()), read_by_toml(text)) << text;
  }
}

TEST(PlainToml, LeavesTheRestToToml) {
  for (const char* text : {"a",
                           "a =",
                           "a = 01",
                           "a = +1",
                           "a = 1_0",
                           "a = 0x1",
                           "a = 1.5",
                           "a = inf",
                           "a = 1234567890123456789",
                           "a = 2024-02-30T00:00:00Z",
                           "a = 2024-01-01",
                           "a = 2024-01-01T00:00:00+01:00",
                           "a = \"\"\"x\"\"\"",
                           "a = '''x'''",
                           "a = \"\\n\"",
                           "a = \"\\u0041\"",
                           "a = \"\x01\"",
                           "a = \"\xc3\xa9\"",
                           "a = \"x",
                           "a = 'x",
                           "a = [1 2]",
                           "a = [1",
                           "a = [,]",
                           "a = {b = 1,}",
                           "a = {b = 1\n}",
                           "a = 1 b = 2",
                           "a = 1\na = 2",
                           "a = {b = 1, b = 2}",
                           "a.b = 1",
                           "\"a\" = 1",
                           "a = 1\r\nb = 2",
                           "[a]\n[a]",
                           "[a.b]\n[a]",
                           "a = {}\n[a.b]",
                           "a = []\n[[a]]",
                           "[a]\n[[a]]",
                           "[[a]]\n[a]",
                           "[ a ]",
                           "[]",
                           "[a",
                           "[[a]",
                           "[a] b = 1",
                           "\xef\xbb\xbf"}) {
    EXPECT_FALSE(parse_plain(text)) << text;
  }
}

TEST(PlainToml, IsNeverReadOtherwiseThanTomlReadsIt) {
  std::mt19937 random(11);
  static const std::string kBytes = "\"'[]{}=,.#\n\\ 0ax-:\t\xff";
  unsigned taken = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = kLock;
    for (unsigned k = 0; k < 1 + random() % 2; ++k) {
      std::size_t at = random() % text.size();
      std::size_t size = 1 + random() % 20;
      switch (random() % 3) {
        case 0:
          text[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          text.erase(at, size);
          break;
        default:
          text.insert(random() % text.size(), text.substr(at, size));
          break;
      }
    }
    if (std::optional<Document> plain = parse_plain(text)) {
      ++taken;
      ASSERT_EQ(printed(plain->root()), read_by_toml(text)) << text;
    }
  }
  EXPECT_GT(taken, 2000U);
  EXPECT_LT(taken, 18000U);
}

}  // namespace
}  // namespace cartwheel::lock
