#include "base/accounts.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/composed.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr const char* kNonroot = "nonroot";
constexpr const char* kAddedName = "app";

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return is_number ? std::optional(value) : std::nullopt;
}

// The entries that read; what does not is the base's own affair.
std::vector<Account> accounts(const std::string& passwd) {
  std::vector<Account> out;
  for (std::string_view line : util::lines(passwd)) {
    std::vector<std::string_view> fields = util::split(line, ':');
    if (fields.size() < 6) {
      continue;
    }
    std::optional<unsigned> uid = number(fields[2]);
    std::optional<unsigned> gid = number(fields[3]);
    if (uid && gid) {
      out.push_back({.name = std::string(fields[0]),
                     .uid = *uid,
                     .gid = *gid,
                     .home = std::string(fields[5])});
    }
  }
  return out;
}

bool has_group(const std::string& group, unsigned gid) {
  for (std::string_view line : util::lines(group)) {
    std::vector<std::string_view> fields = util::split(line, ':');
    if (fields.size() >= 3 && number(fields[2]) == gid) {
      return true;
    }
  }
  return false;
}

void append_line(std::string& table, const std::string& line) {
  if (!table.empty() && !table.ends_with('\n')) {
    table += '\n';
  }
  table += line;
}

Account added(const std::string& wanted_name, unsigned uid, unsigned gid, UserTables& tables) {
  const std::vector<Account> known = accounts(tables.passwd);
  std::string name = wanted_name;
  if (std::ranges::find(known, name, &Account::name) != known.end()) {
    name += std::to_string(uid);
  }
  append_line(tables.passwd,
              fmt::format("{0}:*:{1}:{2}:{0}:/home/{0}:/usr/sbin/nologin\n", name, uid, gid));
  if (!has_group(tables.group, gid)) {
    append_line(tables.group, fmt::format("{}:*:{}:\n", name, gid));
  }
  return {.name = name, .uid = uid, .gid = gid, .home = "/home/" + name};
}

Account with_safe_home(Account account) {
  if (account.uid != 0 && !account.home.starts_with("/home/")) {
    account.home = "/home/" + account.name;
  }
  if (account.home.empty()) {
    account.home = "/root";
  }
  return account;
}

[[noreturn]] void throw_unknown(const std::string& user, const std::vector<Account>& known) {
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const Account& account : known) {
    names.push_back(account.name);
  }
  throw Error(ErrorKind::refused,
              fmt::format("user '{}' is not in the base's /etc/passwd{}: name one of it, or a "
                          "number as \"1000:1000\"",
                          user,
                          util::did_you_mean(user, names)));
}

}  // namespace

Account default_account() {
  return {.name = kNonroot, .uid = kUser, .gid = kUser, .home = "/" + std::string(kHome)};
}

bool is_numeric_user(std::string_view user) {
  const std::size_t colon = user.find(':');
  return number(user.substr(0, colon)) &&
         (colon == std::string_view::npos || number(user.substr(colon + 1)));
}

Account account_for(const std::string& user, UserTables& tables) {
  const std::vector<Account> known = accounts(tables.passwd);
  if (!is_numeric_user(user)) {
    auto named = std::ranges::find(known, user, &Account::name);
    if (named != known.end()) {
      return with_safe_home(*named);
    }
    if (user != kNonroot) {
      throw_unknown(user, known);
    }
    auto numbered = std::ranges::find(known, kUser, &Account::uid);
    return numbered != known.end() ? with_safe_home(*numbered)
                                   : added(kNonroot, kUser, kUser, tables);
  }
  const std::size_t colon = user.find(':');
  const unsigned uid = *number(std::string_view(user).substr(0, colon));
  auto numbered = std::ranges::find(known, uid, &Account::uid);
  const bool names_group = colon != std::string::npos;
  const unsigned gid = names_group ? *number(std::string_view(user).substr(colon + 1)) : uid;
  if (numbered == known.end()) {
    return added(kAddedName, uid, gid, tables);
  }
  Account account = with_safe_home(*numbered);
  account.gid = names_group ? gid : account.gid;
  return account;
}

}  // namespace cartwheel::base
