#include "support/loopback_server.h"

#include <charconv>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <httplib.h>
#pragma GCC diagnostic pop

#include "util/text.h"

// Debian's cpp-httplib is not compiled for ThreadSanitizer, which so cannot see that its statics
// are made under a guard.
extern "C" const char* __tsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() { return "race:libcpp-httplib\n"; }

namespace cartwheel::test {

namespace {

constexpr std::size_t kThreads = 32;  // one a connection

// N of "bytes=N-".
std::optional<std::size_t> range_begin(const std::string& value) {
  std::size_t begin = 0;
  if (!value.starts_with("bytes=") || !value.ends_with("-")) {
    return std::nullopt;
  }
  auto failed = std::from_chars(value.data() + 6, value.data() + value.size(), begin).ec;
  return failed == std::errc() ? std::optional(begin) : std::nullopt;
}

}  // namespace

std::optional<std::string> SeenRequest::header(const std::string& lower_case_name) const {
  auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::nullopt : std::optional(found->second);
}

struct LoopbackServer::State {
  httplib::Server server;
  int port = 0;
  std::thread thread;
  mutable std::mutex mutex;
  std::map<std::string, ServedFile> files;
  std::map<std::string, std::pair<std::string, int>> redirects;
  std::map<std::string, std::deque<Fault>> faults;
  std::vector<SeenRequest> seen;

  void note(const httplib::Request& request);
  std::optional<Fault> next_fault(const std::string& path);
  void answer(const httplib::Request& request, httplib::Response& response);
  void give_file(const ServedFile& file,
                 const Fault& fault,
                 const httplib::Request& request,
                 httplib::Response& response) const;
};

void LoopbackServer::State::note(const httplib::Request& request) {
  SeenRequest one{.method = request.method, .path = request.path, .headers = {}};
  for (const auto& [name, value] : request.headers) {
    one.headers[util::lower(name)] = value;
  }
  seen.push_back(std::move(one));
}

std::optional<Fault> LoopbackServer::State::next_fault(const std::string& path) {
  auto found = faults.find(path);
  if (found == faults.end() || found->second.empty()) {
    return std::nullopt;
  }
  Fault fault = found->second.front();
  found->second.pop_front();
  return fault;
}

void LoopbackServer::State::answer(const httplib::Request& request, httplib::Response& response) {
  std::lock_guard guard(mutex);
  note(request);
  // Ranges are ours to answer, well or badly.
  const_cast<httplib::Request&>(request).ranges.clear();
  Fault fault = next_fault(request.path).value_or(Fault{});
  if (auto found = redirects.find(request.path); found != redirects.end()) {
    response.status = found->second.second;
    response.set_header("Location", found->second.first);
    return;
  }
  auto file = files.find(request.path);
  if (file == files.end() && fault.status == 0) {
    response.status = 404;
    return;
  }
  give_file(file == files.end() ? ServedFile{} : file->second, fault, request, response);
}

void LoopbackServer::State::give_file(const ServedFile& file,
                                      const Fault& fault,
                                      const httplib::Request& request,
                                      httplib::Response& response) const {
  std::string content = fault.body.value_or(file.content);
  std::size_t begin = 0;
  response.status = 200;
  std::optional<std::size_t> wanted = range_begin(request.get_header_value("Range"));
  if (file.has_ranges && wanted) {
    begin = *wanted + (file.is_lying ? 1 : 0);
    response.status = begin < content.size() ? 206 : 416;
    if (response.status == 206) {
      response.set_header("Content-Range",
                          fmt::format("bytes {}-{}/{}", begin, content.size() - 1, content.size()));
    }
  }
  std::string right = httplib::make_basic_authentication_header(file.user, file.password).second;
  if (!file.user.empty() && request.get_header_value("Authorization") != right) {
    response.status = 401;
  }
  response.status = fault.status != 0 ? fault.status : response.status;
  for (const auto* headers : {&file.headers, &fault.headers}) {
    for (const auto& [name, value] : *headers) {
      response.set_header(name, value);
    }
  }
  if (response.status >= 300) {
    return;
  }
  content.erase(0, begin);
  std::size_t given = std::min(fault.cut_after.value_or(content.size()), content.size());
  std::size_t size = content.size();
  response.set_content_provider(
      size,
      "application/octet-stream",
      [content = std::move(content), given](
          std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        if (offset >= given) {
          return false;  // httplib closes the connection
        }
        return sink.write(content.data() + offset,
                          std::min({length, given - offset, std::size_t{1} << 20U}));
      });
}

LoopbackServer::LoopbackServer() : state_(std::make_unique<State>()) {
  setenv("no_proxy", "127.0.0.1,localhost", 1);  // whatever proxy the tests' surroundings have
  httplib::Server& server = state_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_keep_alive_max_count(100000);
  server.set_keep_alive_timeout(1);
  server.set_tcp_nodelay(true);
  server.Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
    state_->answer(request, response);
  });
  state_->port = server.bind_to_any_port("127.0.0.1");
  if (state_->port < 0) {
    throw std::runtime_error("no port on 127.0.0.1");
  }
  state_->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) {
    std::this_thread::yield();
  }
}

LoopbackServer::~LoopbackServer() {
  state_->server.stop();
  state_->thread.join();
}

void LoopbackServer::serve_file(const std::string& path, ServedFile file) {
  std::lock_guard guard(state_->mutex);
  state_->files[path] = std::move(file);
}

void LoopbackServer::redirect(const std::string& path, const std::string& location, int status) {
  std::lock_guard guard(state_->mutex);
  state_->redirects[path] = {location, status};
}

void LoopbackServer::fail_next(const std::string& path, Fault fault) {
  std::lock_guard guard(state_->mutex);
  state_->faults[path].push_back(std::move(fault));
}

int LoopbackServer::port() const { return state_->port; }

std::string LoopbackServer::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", state_->port, path);
}

std::string LoopbackServer::other_origin(const std::string& path) const {
  return fmt::format("http://localhost:{}{}", state_->port, path);
}

std::vector<SeenRequest> LoopbackServer::requests() const {
  std::lock_guard guard(state_->mutex);
  return state_->seen;
}

std::vector<SeenRequest> LoopbackServer::requests(const std::string& path) const {
  std::vector<SeenRequest> out;
  for (SeenRequest& one : requests()) {
    if (one.path == path) {
      out.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace cartwheel::test
