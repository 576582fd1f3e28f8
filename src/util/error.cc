#include "util/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace cartwheel::util {

namespace {

struct KindRow {
  ErrorKind kind;
  int code;
  const char* name;
};

// 130 is what a shell reports for a program ended by SIGINT.
constexpr std::array<KindRow, 11> kKinds{{
    {ErrorKind::internal, 1, "internal"},
    {ErrorKind::usage, 2, "usage"},
    {ErrorKind::malformed, 3, "malformed"},
    {ErrorKind::refused, 4, "refused"},
    {ErrorKind::not_found, 5, "not-found"},
    {ErrorKind::integrity, 6, "integrity"},
    {ErrorKind::network, 7, "network"},
    {ErrorKind::denied, 8, "denied"},
    {ErrorKind::io, 9, "io"},
    {ErrorKind::unsupported, 10, "unsupported"},
    {ErrorKind::interrupted, 130, "interrupted"},
}};

const KindRow& row(ErrorKind kind) {
  for (const KindRow& candidate : kKinds) {
    if (candidate.kind == kind) {
      return candidate;
    }
  }
  return kKinds[0];
}

}  // namespace

int exit_code(ErrorKind kind) { return row(kind).code; }

const char* kind_name(ErrorKind kind) { return row(kind).name; }

Error io_error(const std::string& place, int code) {
  ErrorKind kind = code == ENOENT ? ErrorKind::not_found : ErrorKind::io;
  return {kind, place + ": " + std::strerror(code)};
}

}  // namespace cartwheel::util
