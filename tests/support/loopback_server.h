#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel::test {

// What goes wrong with one answer.
struct Fault {
  int status = 0;                              // instead of 200 and 206; 0: none
  std::map<std::string, std::string> headers;  // more of them
  std::optional<std::size_t> cut_after;  // closes the connection after so many bytes of the body
  std::optional<std::string> body;       // other bytes
};

// A file that the server has.
struct ServedFile {
  std::string content;
  bool has_ranges = true;      // answers "Range: bytes=N-"; else always the whole file
  bool is_lying = false;       // answers 206 with the range after the one that was asked for
  std::string user, password;  // wanted, else 401
  std::map<std::string, std::string> headers;
};

struct SeenRequest {
  std::string method, path;
  std::map<std::string, std::string> headers;  // names in lower case
  std::optional<std::string> header(const std::string& lower_case_name) const;
};

// An HTTP server on 127.0.0.1, any free port. Thread-safe. Make it before the client and let it die
// after it: it waits for its connections to end.
class LoopbackServer {
 public:
  LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();

  void serve_file(const std::string& path, ServedFile file);
  void serve(const std::string& path, const std::string& content) {
    serve_file(path, ServedFile{.content = content});
  }
  void redirect(const std::string& path, const std::string& location, int status = 302);
  // The next request to the path gets this; several are taken in their order.
  void fail_next(const std::string& path, Fault fault);

  int port() const;
  std::string url(const std::string& path) const;  // "http://127.0.0.1:PORT/path"
  // The same server under another name, so another origin: "http://localhost:PORT/path".
  std::string other_origin(const std::string& path) const;

  std::vector<SeenRequest> requests() const;
  std::vector<SeenRequest> requests(const std::string& path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cartwheel::test
