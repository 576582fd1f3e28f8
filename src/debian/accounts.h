#pragma once

#include <optional>
#include <string>

#include "debian/tree.h"

namespace cartwheel::debian {

// Accounts in /etc/passwd and /etc/group of a tree. Numbers are chosen as adduser(8) does for
// system accounts: the first from 100 that is free, so the same packages give the same numbers.
struct NewUser {
  std::string name, group, home = "/nonexistent", shell = "/usr/sbin/nologin", gecos;
  std::optional<unsigned> uid;
};

// Gives the number; that of the old account when there is one of this name.
unsigned add_group(Tree& tree, const std::string& name, std::optional<unsigned> gid);
// `group`: "" makes one of the user's name.
unsigned add_user(Tree& tree, const NewUser& user);
void add_member(Tree& tree, const std::string& user, const std::string& group);

// The line of an account by name or number, or nothing. table: "passwd" or "group".
std::optional<std::string> account_line(const Tree& tree,
                                        const std::string& table,
                                        const std::string& key);

// user or group → its number; digits are their own. Nothing when there is none.
std::optional<unsigned> find_account(const Tree& tree,
                                     const std::string& table,
                                     const std::string& name);

}  // namespace cartwheel::debian
