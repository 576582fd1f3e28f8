// The grammar of PEP 508 and PEP 751
// (https://packaging.python.org/en/latest/specifications/dependency-specifiers/#grammar), by
// recursive descent:
//   or    = and ('or' and)*
//   and   = term ('and' term)*
//   term  = '(' or ')' | value operator value
//   value = variable | 'text' | "text"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/url.h"
#include "python/marker_node.h"
#include "python/names.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

constexpr int kDeepest = 100;              // parentheses in parentheses
constexpr std::size_t kLongest = 1 << 20;  // bytes

// In MarkerVariable's order.
constexpr std::array<std::string_view, 15> kVariables{"",
                                                      "implementation_version",
                                                      "platform_release",
                                                      "python_full_version",
                                                      "python_version",
                                                      "implementation_name",
                                                      "os_name",
                                                      "platform_machine",
                                                      "platform_python_implementation",
                                                      "platform_system",
                                                      "platform_version",
                                                      "sys_platform",
                                                      "extra",
                                                      "extras",
                                                      "dependency_groups"};
static_assert(kVariables.size() == static_cast<std::size_t>(MarkerVariable::dependency_groups) + 1);

struct Alias {
  std::string_view text;
  MarkerVariable variable;
};

// Those with a dot are PEP 345's, and python_implementation is setuptools' own.
constexpr std::array<Alias, 6> kAliases{{
    {"os.name", MarkerVariable::os_name},
    {"sys.platform", MarkerVariable::sys_platform},
    {"platform.version", MarkerVariable::platform_version},
    {"platform.machine", MarkerVariable::platform_machine},
    {"platform.python_implementation", MarkerVariable::platform_python_implementation},
    {"python_implementation", MarkerVariable::platform_python_implementation},
}};

// In MarkerOperator's order.
constexpr std::array<std::string_view, 10> kSigns{
    "==", "!=", "<=", ">=", "<", ">", "~=", "===", "in", "not in"};

bool is_space(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r' || letter == '\f';
}

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_' || letter == '.';
}

bool is_set(MarkerVariable variable) {
  return variable == MarkerVariable::extras || variable == MarkerVariable::dependency_groups;
}

MarkerVariable variable_of(std::string_view word) {
  for (std::size_t i = 1; i < kVariables.size(); ++i) {
    if (kVariables[i] == word) {
      return static_cast<MarkerVariable>(i);
    }
  }
  for (const Alias& alias : kAliases) {
    if (alias.text == word) {
      return alias.variable;
    }
  }
  return MarkerVariable::none;
}

// What the operator becomes when its sides change places; nothing for `in` and `not in`.
std::optional<MarkerOperator> mirrored(MarkerOperator comparison) {
  switch (comparison) {
    case MarkerOperator::at_most:
      return MarkerOperator::at_least;
    case MarkerOperator::at_least:
      return MarkerOperator::at_most;
    case MarkerOperator::less:
      return MarkerOperator::greater;
    case MarkerOperator::greater:
      return MarkerOperator::less;
    case MarkerOperator::in:
    case MarkerOperator::not_in:
      return std::nullopt;
    default:
      return comparison;
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Marker::Node parse() {
    if (text_.size() > kLongest) {
      fail(kLongest, fmt::format("it is longer than {} bytes", kLongest));
    }
    Marker::Node node = disjunction(0);
    skip_space();
    if (at_ < text_.size()) {
      fail(at_, "wanted 'and', 'or' or the end");
    }
    return node;
  }

 private:
  using Node = Marker::Node;

  [[noreturn]] void fail(std::size_t at, std::string_view reason) const {
    throw util::Error(
        util::ErrorKind::malformed,
        fmt::format(
            "marker \"{}\": column {}: {}", core::redacted(text_.substr(0, 500)), at + 1, reason));
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      ++at_;
    }
  }

  std::string_view rest() const { return text_.substr(at_); }

  // A whole word: "and" is not taken off "android".
  bool take_word(std::string_view word) {
    bool there = rest().starts_with(word) &&
                 (rest().size() == word.size() || !is_name_letter(rest()[word.size()]));
    at_ += there ? word.size() : 0;
    return there;
  }

  // operand (word operand)*, flat.
  template <typename Operand>
  Node joined(std::string_view word, Node::Kind kind, Operand operand) {
    Node first = operand();
    skip_space();
    if (!take_word(word)) {
      return first;
    }
    Node node{.kind = kind};
    auto append = [&](Node child) {
      if (child.kind == kind) {
        for (Node& grandchild : child.children) {
          node.children.push_back(std::move(grandchild));
        }
      } else {
        node.children.push_back(std::move(child));
      }
    };
    append(std::move(first));
    do {
      append(operand());
      skip_space();
    } while (take_word(word));
    return node;
  }

  Node disjunction(int depth) {
    return joined("or", Node::Kind::disjunction, [&] { return conjunction(depth); });
  }

  Node conjunction(int depth) {
    return joined("and", Node::Kind::conjunction, [&] { return term(depth); });
  }

  Node term(int depth) {
    skip_space();
    if (!rest().starts_with('(')) {
      return comparison();
    }
    if (depth == kDeepest) {
      fail(at_, fmt::format("more than {} parentheses are open", kDeepest));
    }
    ++at_;
    Node node = disjunction(depth + 1);
    skip_space();
    if (!rest().starts_with(')')) {
      fail(at_, "wanted ')'");
    }
    ++at_;
    return node;
  }

  MarkerOperand operand() {
    skip_space();
    if (at_ == text_.size()) {
      fail(at_, "wanted a variable or a quoted text, found the end");
    }
    char quote = text_[at_];
    if (quote == '\'' || quote == '"') {
      std::size_t end = text_.find(quote, at_ + 1);
      if (end == std::string_view::npos) {
        fail(at_, "the quoted text does not end");
      }
      std::string_view quoted = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return {.variable = MarkerVariable::none, .text = std::string(quoted)};
    }
    std::size_t end = at_;
    while (end < text_.size() && is_name_letter(text_[end])) {
      ++end;
    }
    std::string_view word = text_.substr(at_, end - at_);
    if (MarkerVariable variable = variable_of(word); variable != MarkerVariable::none) {
      at_ = end;
      return {.variable = variable, .text = {}};
    }
    fail(at_, fmt::format("wanted a variable or a quoted text, found '{}'", shown(word)));
  }

  std::string shown(std::string_view word) const {
    return std::string(word.empty() ? rest().substr(0, 1) : word.substr(0, 100));
  }

  MarkerOperator sign() {
    skip_space();
    if (take_word("in")) {
      return MarkerOperator::in;
    }
    if (take_word("not")) {
      skip_space();
      if (!take_word("in")) {
        fail(at_, "wanted 'in' behind 'not'");
      }
      return MarkerOperator::not_in;
    }
    std::size_t length = std::min(rest().find_first_not_of("<>=!~"), rest().size());
    std::string_view found = rest().substr(0, length);
    for (std::size_t i = 0; i < kSigns.size() - 2; ++i) {
      if (kSigns[i] == found) {
        at_ += length;
        return static_cast<MarkerOperator>(i);
      }
    }
    fail(at_, fmt::format("wanted an operator, found '{}'", shown(found)));
  }

  Node comparison() {
    skip_space();
    std::size_t begin = at_;
    Node node;
    node.left = operand();
    node.comparison = sign();
    node.right = operand();
    check_sets(node, begin);
    if (node.left.variable == MarkerVariable::none && node.right.variable != MarkerVariable::none) {
      if (std::optional<MarkerOperator> other = mirrored(node.comparison)) {
        node.comparison = *other;
        std::swap(node.left, node.right);
      }
    }
    precompute(node);
    return node;
  }

  void check_sets(const Node& node, std::size_t begin) const {
    bool membership =
        node.comparison == MarkerOperator::in || node.comparison == MarkerOperator::not_in;
    MarkerVariable left = node.left.variable;
    MarkerVariable right = node.right.variable;
    if (is_set(left)) {
      fail(begin, fmt::format("'{}' stands on the right of 'in' only", variable_name(left)));
    }
    if (is_set(right) && (!membership || left != MarkerVariable::none)) {
      fail(begin, fmt::format("wanted 'TEXT' in {}", variable_name(right)));
    }
    bool extra = left == MarkerVariable::extra || right == MarkerVariable::extra;
    bool equality =
        node.comparison == MarkerOperator::equal || node.comparison == MarkerOperator::not_equal;
    if (extra && (!equality || (left != MarkerVariable::none && right != MarkerVariable::none))) {
      fail(begin, "'extra' is compared with a quoted text by '==' and '!=' only");
    }
  }

  static void precompute(Node& node) {
    if (node.left.variable == MarkerVariable::extra) {
      node.right.text = normalized_name(node.right.text);
    } else if (is_set(node.right.variable)) {
      node.left.text = normalized_name(node.left.text);
    } else if (node.left.variable >= MarkerVariable::implementation_version &&
               node.left.variable <= MarkerVariable::python_version &&
               node.right.variable == MarkerVariable::none) {
      precompute_versions(node);
    }
  }

  static void precompute_versions(Node& node) {
    if (node.comparison != MarkerOperator::in && node.comparison != MarkerOperator::not_in) {
      node.specifier =
          Specifier::find(std::string(operator_sign(node.comparison)) + node.right.text);
      return;
    }
    std::string_view words = node.right.text;
    for (words = util::trim(words); !words.empty(); words = util::trim(words)) {
      std::size_t end = std::min(words.find_first_of(" \t\r\n"), words.size());
      std::optional<Version> version = Version::find(words.substr(0, end));
      if (!version) {
        node.versions.clear();
        return;
      }
      node.versions.push_back(*std::move(version));
      words.remove_prefix(end);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string_view variable_name(MarkerVariable variable) {
  return kVariables.at(static_cast<std::size_t>(variable));
}

std::string_view operator_sign(MarkerOperator comparison) {
  return kSigns.at(static_cast<std::size_t>(comparison));
}

Marker::Node parse_marker_node(std::string_view text) { return Parser(text).parse(); }

}  // namespace cartwheel::python
