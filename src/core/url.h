#pragma once

#include <string>
#include <string_view>

namespace cartwheel::core {

// A URL, split. Prints without its credentials unless asked for them; nothing that is shown or
// stored has them.
struct Url {
  std::string scheme;    // lower case: "https", "http", "file"
  std::string user;      // percent-decoded
  std::string password;  // percent-decoded
  std::string host;      // lower case, with :PORT when the URL has one
  std::string path;      // as written, from the first '/'; "" when there is none
  std::string query;     // without '?'
  std::string fragment;  // without '#'

  // Throws Error{malformed} for a text without "SCHEME://".
  static Url parse(std::string_view text);
  static bool is_url(std::string_view text);  // whether it begins with a scheme and "://"

  std::string str() const;               // without credentials
  std::string with_credentials() const;  // for the wire only
  std::string origin() const;            // "https://host:port"
  std::string file_name() const;         // the last component of the path, percent-decoded
};

std::string percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);  // all but RFC 3986 unreserved characters

// The URL that `reference` means on the page `base` (RFC 3986 section 5, for http and https).
std::string resolve_url(std::string_view base, std::string_view reference);

// text with every "scheme://user:password@" made "scheme://****@": for messages that quote foreign
// text.
std::string redacted(std::string_view text);

}  // namespace cartwheel::core
