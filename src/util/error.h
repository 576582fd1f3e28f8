#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace cartwheel::util {

// What went wrong, as a caller or a script may want to tell cases apart. Each kind has an exit
// status of its own.
enum class ErrorKind {
  internal,   // a broken invariant of our own: always a bug
  usage,      // command line or settings
  malformed,  // an input (lock, wheel, package, layout) does not have the form it must have
  refused,    // the input is understood, and building it would be wrong: error findings, --expect,
              // unsafe paths
  not_found,  // a file, package, extra, blob that was named is not there
  integrity,  // bytes do not have the hash that they must have
  network,    // no whole answer came
  denied,     // an answer came, and it was: no (401, 403)
  io,         // the local machine: disk full, permission, no such device
  unsupported,  // a newer format, another compression, a feature that this program does not have
  interrupted,  // SIGINT, SIGTERM
};

// The only exception type that this project throws. The message names the thing that failed first,
// is in lower case and has no full stop: "uv.lock: package 'six': no wheel and no sdist".
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }

  // The same error, seen from one level further out: "PLACE: MESSAGE".
  Error within(const std::string& place) const { return {kind_, place + ": " + what()}; }

 private:
  ErrorKind kind_;
};

// The exit status that the program ends with (docs/exit-codes.md has the table; never 0).
int exit_code(ErrorKind kind);

// "malformed", "not-found" …: the kind's name in JSON.
const char* kind_name(ErrorKind kind);

// An Error{io} for a system call that failed: "PLACE: strerror(code)". ENOENT gives not_found.
Error io_error(const std::string& place, int code);

// Gives what body() gives; an Error that it throws goes on as Error::within(place).
template <typename Body>
auto in_context(const std::string& place, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw error.within(place);
  }
}

}  // namespace cartwheel::util
