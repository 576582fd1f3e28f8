#include "net/credentials.h"

#include <algorithm>
#include <cctype>

#include "util/text.h"

namespace cartwheel::net {

namespace {

bool is_space(char letter) { return std::isspace(static_cast<unsigned char>(letter)) != 0; }

// Splits .netrc into words; a word in double quotes may hold spaces and \" \\ \n \t \r.
class NetrcReader {
 public:
  explicit NetrcReader(std::string_view text) : text_(text) {}

  std::optional<std::string> word() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      ++at_;
    }
    if (at_ == text_.size()) {
      return std::nullopt;
    }
    if (text_[at_] == '"') {
      return quoted();
    }
    std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_])) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  // A macro ends at the first empty line.
  void skip_macro() {
    std::size_t end = std::min(text_.find("\n\n", at_), text_.find("\n\r\n", at_));
    at_ = std::min(end, text_.size());
  }

 private:
  std::string quoted() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      char letter = text_[at_];
      if (letter == '\\' && at_ + 1 < text_.size()) {
        letter = text_[++at_];
        letter = letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : letter;
      }
      out += letter;
    }
    at_ = std::min(at_ + 1, text_.size());
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string host_without_port(const std::string& host) {
  std::size_t colon = host.rfind(':');
  bool is_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return is_port ? host.substr(0, colon) : host;
}

// How many bytes of the path lie below the index: "/simple" is below "/simple/six/", not below
// "/simpler/".
std::size_t common_path(std::string_view index, std::string_view path) {
  while (index.ends_with('/')) {
    index.remove_suffix(1);
  }
  bool is_below =
      path.starts_with(index) && (path.size() == index.size() || path[index.size()] == '/');
  return is_below ? index.size() + 1 : 0;
}

}  // namespace

std::vector<NetrcEntry> parse_netrc(std::string_view text) {
  std::vector<NetrcEntry> entries;
  NetrcReader reader(text);
  while (std::optional<std::string> word = reader.word()) {
    if (word->starts_with('#')) {
      reader.skip_line();
    } else if (*word == "macdef") {
      reader.skip_macro();
    } else if (*word == "default") {
      entries.emplace_back();
    } else if (*word == "machine") {
      std::optional<std::string> name = reader.word();
      if (!name) {
        break;  // it would be taken for "default"
      }
      entries.push_back({.machine = util::lower(*name), .login = {}, .password = {}});
    } else if (*word == "login" || *word == "password" || *word == "account") {
      std::string value = reader.word().value_or("");
      if (!entries.empty() && *word == "login") {
        entries.back().login = value;
      } else if (!entries.empty() && *word == "password") {
        entries.back().password = value;
      }
    }
  }
  return entries;
}

std::string normal_origin(const core::Url& url) {
  std::string origin = url.origin();
  std::string_view own_port = url.scheme == "https" ? ":443" : url.scheme == "http" ? ":80" : "";
  if (!own_port.empty() && origin.ends_with(own_port)) {
    origin.resize(origin.size() - own_port.size());
  }
  return origin;
}

std::optional<Credential> Credentials::find(const core::Url& url) const {
  if (!url.password.empty()) {
    return Credential{url.user, url.password};
  }
  std::optional<Credential> found = find_index(url);
  if (!found) {
    found = find_netrc(url);
  }
  if (!found && !url.user.empty()) {
    found = Credential{url.user, ""};  // a token as user, as some indexes want it
  }
  return found;
}

std::optional<Credential> Credentials::find_index(const core::Url& url) const {
  std::optional<Credential> best;
  std::size_t best_length = 0;
  for (const IndexCredential& index : indexes_) {
    if (!core::Url::is_url(index.url)) {
      continue;
    }
    core::Url at = core::Url::parse(index.url);
    bool is_other_user = !url.user.empty() && url.user != index.credential.user;
    if (is_other_user || normal_origin(at) != normal_origin(url)) {
      continue;
    }
    std::size_t length = common_path(at.path, url.path);
    if (!best || length > best_length) {
      best = index.credential;
      best_length = length;
    }
  }
  return best;
}

std::optional<Credential> Credentials::find_netrc(const core::Url& url) const {
  std::string host = host_without_port(url.host);
  for (const NetrcEntry& entry : netrc_) {
    bool is_host = entry.machine.empty() || entry.machine == host;
    bool is_empty = entry.login.empty() && entry.password.empty();
    if (is_host && !is_empty && (url.user.empty() || url.user == entry.login)) {
      return Credential{entry.login, entry.password};
    }
  }
  return std::nullopt;
}

namespace {

// "https://me:secret@host/simple", or "name=" and that: what UV_INDEX and its kin hold.
std::optional<IndexCredential> credential_of(std::string_view text) {
  const std::size_t equals = text.find('=');
  const bool is_named = equals != std::string_view::npos && equals < text.find(':');
  const std::string name(is_named ? text.substr(0, equals) : "");
  const std::string_view address = is_named ? text.substr(equals + 1) : text;
  if (!core::Url::is_url(address)) {
    return std::nullopt;
  }
  const core::Url url = core::Url::parse(address);
  if (url.password.empty()) {
    return std::nullopt;
  }
  return IndexCredential{name, url.origin() + url.path, {url.user, url.password}};
}

}  // namespace

std::vector<IndexCredential> index_credentials(
    const std::vector<std::pair<std::string, std::string>>& indexes,
    const std::function<std::optional<std::string>(const std::string&)>& lookup) {
  std::vector<IndexCredential> out;
  for (const auto& [name, url] : indexes) {
    std::string variable = "UV_INDEX_";
    for (char letter : name) {
      bool is_kept = std::isalnum(static_cast<unsigned char>(letter)) != 0;
      variable +=
          is_kept ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : '_';
    }
    std::optional<std::string> user = lookup(variable + "_USERNAME");
    std::optional<std::string> password = lookup(variable + "_PASSWORD");
    if (!name.empty() && (user || password)) {
      out.push_back({name, url, {user.value_or(""), password.value_or("")}});
    } else if (std::optional<IndexCredential> own = credential_of(url)) {
      out.push_back({name, own->url, own->credential});
    }
  }
  for (const char* variable :
       {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"}) {
    const std::string value = lookup(variable).value_or("");
    for (std::string_view word : util::split(value, ' ')) {
      if (std::optional<IndexCredential> own = credential_of(word)) {
        out.push_back(std::move(*own));
      }
    }
  }
  return out;
}

}  // namespace cartwheel::net
