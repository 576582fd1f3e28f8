#pragma once

#include <optional>
#include <string>

#include "debian/shell.h"

namespace cartwheel::debian {

// "0755", "u=rwx,go-w", "+x", "g+s" on a mode that there was. Another text refuses the call.
unsigned changed_mode(const ShellCall& call, unsigned mode, const std::string& change);

struct FileOwner {
  std::optional<unsigned> user, group;  // nothing: it stays
};

// "user", "user:group", "user.group", ":group", or a group's name alone; the names are those of the
// tree. One that is not there refuses the call.
FileOwner parse_owner(const ShellCall& call, const std::string& text, bool is_group);

}  // namespace cartwheel::debian
