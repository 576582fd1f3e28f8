#include "debian/accounts.h"

#include <charconv>

#include <fmt/format.h>

#include "debian/shell_commands.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

constexpr unsigned kFirstSystem = 100, kLastSystem = 999;

std::string table_text(const Tree& tree, const std::string& table) {
  return tree.find("etc/" + table) == nullptr ? "" : tree.text("etc/" + table);
}

void put_table(Tree& tree, const std::string& table, std::string text) {
  Node node = Node::file("");
  if (const Node* old = tree.find("etc/" + table)) {
    node = *old;
  }
  node.content = std::move(text);
  node.package = "";
  tree.put("etc/" + table, std::move(node));
}

void append(Tree& tree, const std::string& table, const std::string& line) {
  put_table(tree, table, table_text(tree, table) + line + "\n");
}

}  // namespace

std::optional<std::string> account_line(const Tree& tree,
                                        const std::string& table,
                                        const std::string& key) {
  const std::string text = table_text(tree, table);
  for (const std::string_view line : util::lines(text)) {
    const std::vector<std::string_view> fields = util::split(line, ':');
    if (fields.size() > 2 && (fields[0] == key || fields[2] == key)) {
      return std::string(line);
    }
  }
  return std::nullopt;
}

std::optional<unsigned> find_account(const Tree& tree,
                                     const std::string& table,
                                     const std::string& name) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (!name.empty() && error == std::errc() && end == name.data() + name.size()) {
    return number;
  }
  const std::string text = table_text(tree, table);
  for (const std::string_view line : util::lines(text)) {
    const std::vector<std::string_view> fields = util::split(line, ':');
    if (fields.size() > 2 && fields[0] == name &&
        std::from_chars(fields[2].data(), fields[2].data() + fields[2].size(), number).ec ==
            std::errc()) {
      return number;
    }
  }
  return std::nullopt;
}

namespace {

unsigned free_number(const Tree& tree, bool must_be_free_as_user) {
  for (unsigned number = kFirstSystem; number <= kLastSystem; ++number) {
    const std::string key = std::to_string(number);
    if (!account_line(tree, "group", key) &&
        (!must_be_free_as_user || !account_line(tree, "passwd", key))) {
      return number;
    }
  }
  throw Error(ErrorKind::refused, "no number from 100 to 999 is free for another system account");
}

}  // namespace

unsigned add_group(Tree& tree, const std::string& name, std::optional<unsigned> gid) {
  if (const auto old = find_account(tree, "group", name)) {
    return *old;
  }
  const unsigned number = gid ? *gid : free_number(tree, false);
  append(tree, "group", fmt::format("{}:x:{}:", name, number));
  return number;
}

unsigned add_user(Tree& tree, const NewUser& user) {
  if (const auto old = find_account(tree, "passwd", user.name)) {
    return *old;
  }
  const unsigned uid = user.uid ? *user.uid : free_number(tree, true);
  const std::optional<unsigned> known =
      user.group.empty() ? std::nullopt : find_account(tree, "group", user.group);
  if (!user.group.empty() && !known) {
    throw Error(ErrorKind::refused,
                fmt::format("user '{}': there is no group '{}'", user.name, user.group));
  }
  const unsigned gid = known ? *known : add_group(tree, user.name, uid);
  append(
      tree,
      "passwd",
      fmt::format("{}:x:{}:{}:{}:{}:{}", user.name, uid, gid, user.gecos, user.home, user.shell));
  return uid;
}

void add_member(Tree& tree, const std::string& user, const std::string& group) {
  std::string text;
  const std::string old = table_text(tree, "group");
  for (const std::string_view line : util::lines(old)) {
    text += line;
    const std::vector<std::string_view> fields = util::split(line, ':');
    if (fields.size() == 4 && fields[0] == group) {
      bool is_member = false;
      for (const std::string_view member : util::split(fields[3], ',')) {
        is_member = is_member || member == user;
      }
      text += is_member ? "" : (fields[3].empty() ? "" : ",") + user;
    }
    text += '\n';
  }
  put_table(tree, "group", std::move(text));
}

}  // namespace cartwheel::debian
