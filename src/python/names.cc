#include "python/names.h"

namespace cartwheel::python {

namespace {

bool is_separator(char letter) { return letter == '-' || letter == '_' || letter == '.'; }

bool is_ascii_alnum(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

}  // namespace

std::string normalized_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    char letter = name[i];
    if (is_separator(letter)) {
      if (i == 0 || !is_separator(name[i - 1])) {
        out += '-';
      }
    } else {
      out += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
  }
  return out;
}

std::set<std::string> normalized_names(const std::vector<std::string>& names) {
  std::set<std::string> out;
  for (const std::string& name : names) {
    out.insert(normalized_name(name));
  }
  return out;
}

bool is_valid_name(std::string_view text) {
  if (text.empty() || !is_ascii_alnum(text.front()) || !is_ascii_alnum(text.back())) {
    return false;
  }
  for (char letter : text) {
    if (!is_ascii_alnum(letter) && !is_separator(letter)) {
      return false;
    }
  }
  return true;
}

}  // namespace cartwheel::python
