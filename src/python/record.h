#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::python {

// A line of RECORD (recording-installed-packages). path as written.
struct RecordEntry {
  std::string path;
  std::string hash;                   // "sha256=BASE64URL", or ""
  std::optional<std::uint64_t> size;  // bytes
};

// CSV with ',' and '"' (RFC 4180). Throws Error{malformed} with the line.
std::vector<RecordEntry> parse_record(std::string_view text);

// Lines in the given order, each ended by "\n"; fields quoted only when they hold ',', '"', CR or
// LF.
std::string record_text(const std::vector<RecordEntry>& entries);

}  // namespace cartwheel::python
