#include "core/url.h"

#include <cctype>

#include <fmt/format.h>

#include "util/bytes.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::core {

namespace {

std::size_t scheme_length(std::string_view text) {
  std::size_t at = text.find("://");
  if (at == std::string_view::npos || at == 0 ||
      std::isalpha(static_cast<unsigned char>(text[0])) == 0) {
    return 0;
  }
  for (char letter : text.substr(0, at)) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '+' && letter != '-' &&
        letter != '.') {
      return 0;
    }
  }
  return at;
}

// Cuts `text` at the first `mark` and gives what stands behind it.
std::string_view cut(std::string_view& text, char mark) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos) {
    return {};
  }
  std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

}  // namespace

bool Url::is_url(std::string_view text) { return scheme_length(text) > 0; }

Url Url::parse(std::string_view text) {
  std::size_t length = scheme_length(text);
  if (length == 0) {
    throw util::Error(util::ErrorKind::malformed, fmt::format("'{}' is no URL", redacted(text)));
  }
  Url url;
  url.scheme = util::lower(text.substr(0, length));
  std::string_view rest = text.substr(length + 3);
  url.fragment = cut(rest, '#');
  url.query = cut(rest, '?');
  std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  url.path = slash == std::string_view::npos ? "" : rest.substr(slash);
  std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    std::string_view user = authority.substr(0, at);
    std::string_view password = cut(user, ':');
    url.user = percent_decode(user);
    url.password = percent_decode(password);
    authority.remove_prefix(at + 1);
  }
  url.host = util::lower(authority);
  return url;
}

std::string Url::origin() const { return scheme + "://" + host; }

std::string Url::str() const {
  return origin() + path + (query.empty() ? "" : "?" + query) +
         (fragment.empty() ? "" : "#" + fragment);
}

std::string Url::with_credentials() const {
  if (user.empty() && password.empty()) {
    return str();
  }
  std::string credentials =
      percent_encode(user) + (password.empty() ? "" : ":" + percent_encode(password));
  return scheme + "://" + credentials + "@" + str().substr(scheme.size() + 3);
}

std::string Url::file_name() const {
  return percent_decode(std::string_view(path).substr(path.rfind('/') + 1));
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && !util::from_hex(text.substr(i + 1, 2)).empty()) {
      out += static_cast<char>(util::from_hex(text.substr(i + 1, 2))[0]);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (char letter : text) {
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '.' ||
        letter == '_' || letter == '~') {
      out += letter;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
  }
  return out;
}

namespace {

// RFC 3986 section 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> out;
  std::vector<std::string_view> parts = util::split(path, '/');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    bool last = i + 1 == parts.size();
    if (parts[i] == "..") {
      if (!out.empty()) {
        out.pop_back();
      }
    } else if (parts[i] != ".") {
      out.push_back(parts[i]);
      continue;
    }
    if (last) {
      out.emplace_back("");
    }
  }
  std::string text;
  for (std::string_view part : out) {
    text += "/";
    text += part;
  }
  return text.empty() ? "/" : text;
}

}  // namespace

std::string resolve_url(std::string_view base, std::string_view reference) {
  if (Url::is_url(reference)) {
    return std::string(reference);
  }
  Url url = Url::parse(base);
  if (reference.starts_with("//")) {
    return url.scheme + ":" + std::string(reference);
  }
  std::string_view rest = reference;
  std::string_view fragment = cut(rest, '#');
  std::string_view query = cut(rest, '?');
  bool has_query = reference.substr(0, reference.find('#')).find('?') != std::string_view::npos;
  if (!rest.empty()) {
    std::string path = rest.starts_with('/')
                           ? std::string(rest)
                           : url.path.substr(0, url.path.rfind('/') + 1) + std::string(rest);
    url.path = without_dot_segments(path.starts_with('/') ? path : "/" + path);
  }
  if (!rest.empty() || has_query) {
    url.query = query;
  }
  url.fragment = fragment;
  return url.with_credentials();
}

std::string redacted(std::string_view text) {
  std::string out;
  for (;;) {
    std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) {
      return out += text;
    }
    out += text.substr(0, scheme + 3);
    text.remove_prefix(scheme + 3);
    // a quote may stand in a password: rather too much is hidden than too little
    std::size_t end = text.find_first_of("/?# \t\r\n");
    std::size_t at = text.substr(0, end).rfind('@');
    if (at != std::string_view::npos) {
      out += "****";
      text.remove_prefix(at);
    }
  }
}

}  // namespace cartwheel::core
