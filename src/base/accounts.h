#pragma once

#include <string>
#include <string_view>

namespace cartwheel::base {

// Who an image's process runs as.
struct Account {
  std::string name;
  unsigned uid = 0, gid = 0;
  std::string home;  // absolute
  bool operator==(const Account&) const = default;
};

// That of composed bases, which images run as unless told otherwise: "nonroot", 65532:65532.
Account default_account();

// The user tables of an image, as passwd(5) and group(5) have them.
struct UserTables {
  std::string passwd, group;
  bool operator==(const UserTables&) const = default;
};

// The account that a `user` setting means, added to the tables where they have it not:
// "nonroot": of that name in the tables, else 65532:65532 is added. Another name: must be in the
// tables, else Error{refused} with the nearest one. "UID" or "UID:GID": the entry of that number,
// else one with the name "app" is added (with the group UID when none is given). Its home is that
// of the entry if that lies below /home, or is root's; else /home/NAME, because a service account's
// (/usr/sbin, /nonexistent) must not be given away to be written.
Account account_for(const std::string& user, UserTables& tables);

// "1000", "1000:1000".
bool is_numeric_user(std::string_view user);

}  // namespace cartwheel::base
