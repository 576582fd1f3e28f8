#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/url.h"
#include "net/http.h"

namespace cartwheel::net {

// One entry of a .netrc file (GNU inetutils manual, "The .netrc file"; values may be quoted, as
// curl and Python read them). machine "" is "default".
struct NetrcEntry {
  std::string machine, login, password;
};

// In the order of the file. Never an error: what is not understood is passed over.
std::vector<NetrcEntry> parse_netrc(std::string_view text);

// "https://host:port" in lower case, without the scheme's own port.
std::string normal_origin(const core::Url& url);

// Whom we are for a URL, by the rules of http.h: its own user and password, the index that it lies
// below (same origin; the longest common path wins), .netrc by host. A URL that names a user only
// takes that user's password.
class Credentials {
 public:
  Credentials(std::vector<IndexCredential> indexes, std::string_view netrc_text)
      : indexes_(std::move(indexes)),
        netrc_(parse_netrc(netrc_text)) {}

  std::optional<Credential> find(const core::Url& url) const;

 private:
  std::optional<Credential> find_index(const core::Url& url) const;
  std::optional<Credential> find_netrc(const core::Url& url) const;

  std::vector<IndexCredential> indexes_;
  std::vector<NetrcEntry> netrc_;
};

}  // namespace cartwheel::net
