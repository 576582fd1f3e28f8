// https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file

#include "python/record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<RecordEntry> parse() {
    std::vector<RecordEntry> entries;
    while (at_ < text_.size()) {
      if (take_line_end()) {
        continue;
      }
      entries.push_back(entry());
    }
    return entries;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("RECORD: line {}: {}", line_, reason));
  }

  bool at_line_end() const {
    return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
  }

  // LF, CR LF or CR.
  bool take_line_end() {
    if (at_ == text_.size() || !at_line_end()) {
      return false;
    }
    at_ += text_.substr(at_).starts_with("\r\n") ? 2U : 1U;
    ++line_;
    return true;
  }

  RecordEntry entry() {
    std::array<std::string, 3> fields;
    std::size_t line = line_;
    for (std::size_t i = 0;; ++i) {
      std::string next = field();
      if (i < fields.size()) {  // pip and uv take more, and heed none of them
        fields[i] = std::move(next);
      }
      if (at_line_end()) {
        break;
      }
      ++at_;  // the comma
    }
    take_line_end();
    RecordEntry entry{.path = std::move(fields[0]), .hash = std::move(fields[1]), .size = {}};
    if (entry.path.empty()) {
      line_ = line;
      fail("its path is empty");
    }
    if (!fields[2].empty()) {
      std::uint64_t size = 0;
      const char* end = fields[2].data() + fields[2].size();
      auto [stop, error] = std::from_chars(fields[2].data(), end, size);
      if (error != std::errc() || stop != end) {
        line_ = line;
        fail(fmt::format("'{}' is no size", fields[2].substr(0, 80)));
      }
      entry.size = size;
    }
    return entry;
  }

  // Up to a comma or the line's end, which stay.
  std::string field() {
    if (at_ < text_.size() && text_[at_] == '"') {
      return quoted();
    }
    std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted() {
    std::string out;
    for (++at_;; ++at_) {
      std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        fail("a quoted field does not end");
      }
      std::string_view piece = text_.substr(at_, quote - at_);
      for (char letter : piece) {
        line_ += letter == '\n' ? 1U : 0U;
      }
      out += piece;
      at_ = quote + 1;
      if (at_ == text_.size() || text_[at_] != '"') {
        break;
      }
      out += '"';
    }
    if (!at_line_end() && text_[at_] != ',') {
      fail("text behind a quoted field");
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

void append_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (char letter : field) {
    out += letter == '"' ? "\"\"" : std::string(1, letter);
  }
  out += '"';
}

}  // namespace

std::vector<RecordEntry> parse_record(std::string_view text) {
  if (!util::is_valid_utf8(text)) {
    throw util::Error(util::ErrorKind::malformed, "RECORD: is no UTF-8");
  }
  return Parser(text).parse();
}

std::string record_text(const std::vector<RecordEntry>& entries) {
  std::string out;
  for (const RecordEntry& entry : entries) {
    append_field(out, entry.path);
    out += ',';
    append_field(out, entry.hash);
    out += ',';
    out += entry.size ? std::to_string(*entry.size) : "";
    out += '\n';
  }
  return out;
}

}  // namespace cartwheel::python
