#include "util/subprocess.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/text.h"

extern char**
    environ;  // NOLINT(readability-redundant-declaration): POSIX leaves its declaration to us

namespace cartwheel::util {

namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw io_error("pipe", errno);
    }
    read_end = ends[0];
    write_end = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
  static void close_end(int& end) {
    if (end >= 0) {
      ::close(end);
      end = -1;
    }
  }
};

std::vector<std::string> merged_environment(const Subprocess& subprocess) {
  std::set<std::string_view> dropped(subprocess.without.begin(), subprocess.without.end());
  std::vector<std::string> out;
  for (char** entry = environ; subprocess.inherits && *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::string_view name = text.substr(0, text.find('='));
    if (!dropped.contains(name) && !subprocess.environment.contains(std::string(name))) {
      out.emplace_back(text);
    }
  }
  for (const auto& [name, value] : subprocess.environment) {
    out.push_back(name);
    out.back().append("=").append(value);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

// Holds SIGPIPE back from this thread while it writes to a child that may have closed its input.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&only_);
    sigaddset(&only_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() {
    timespec at_once{};
    while (!was_pending_ && sigtimedwait(&only_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t only_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

void gather(int& from, std::string& into) {
  std::array<char, 16384> buffer{};
  ssize_t count = ::read(from, buffer.data(), buffer.size());
  if (count > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    Pipe::close_end(from);
  }
}

// Writes as much as fits; closes the pipe at the end of the text, or when nobody reads it any more.
void feed(int& into, std::string_view& rest) {
  ssize_t count = ::write(into, rest.data(), rest.size());
  if (count >= 0) {
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  bool broken = count < 0 && errno != EINTR && errno != EAGAIN;
  if (rest.empty() || broken) {
    Pipe::close_end(into);
  }
}

// Feeds input and gathers both outputs until all three are closed.
void converse(
    Pipe& input, Pipe& output, Pipe& error, std::string_view text, SubprocessResult& result) {
  NoBrokenPipe guard;
  // a write must never wait: the child may wait for us to read first
  if (fcntl(input.write_end, F_SETFL, O_NONBLOCK) != 0) {
    throw io_error("fcntl", errno);
  }
  if (text.empty()) {
    Pipe::close_end(input.write_end);
  }
  while (output.read_end >= 0 || error.read_end >= 0 || input.write_end >= 0) {
    std::array<pollfd, 3> watched{
        {{output.read_end, POLLIN, 0}, {error.read_end, POLLIN, 0}, {input.write_end, POLLOUT, 0}}};
    if (poll(watched.data(), watched.size(), -1) < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw io_error("poll", errno);
    }
    if (watched[0].revents != 0) {
      gather(output.read_end, result.output);
    }
    if (watched[1].revents != 0) {
      gather(error.read_end, result.error);
    }
    if (watched[2].revents != 0) {
      feed(input.write_end, text);
    }
  }
}

// What the child sends back when it cannot begin.
struct Failure {
  int code = 0;            // errno
  bool in_folder = false;  // chdir failed, not exec
};

// In the child, where only async-signal-safe functions may be called.
[[noreturn]] void become(const char* folder, char** argv, char** envp, int report) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);  // which a parent may ignore, and a program then would too
  Failure failure;
  failure.in_folder = folder != nullptr && chdir(folder) != 0;
  if (!failure.in_folder) {
    execvpe(argv[0], argv, envp);
  }
  failure.code = errno;
  ssize_t written = ::write(report, &failure, sizeof(failure));
  _exit(written == sizeof(failure) ? 127 : 126);
}

}  // namespace

SubprocessResult run(const Subprocess& subprocess) {
  Pipe input;
  Pipe output;
  Pipe error;
  Pipe report;
  std::vector<std::string> command = subprocess.command;
  std::vector<std::string> environment = merged_environment(subprocess);
  std::vector<char*> argv = pointers(command);
  std::vector<char*> envp = pointers(environment);
  const char* folder = subprocess.folder.empty() ? nullptr : subprocess.folder.c_str();
  pid_t child = fork();
  if (child < 0) {
    throw io_error("fork", errno);
  }
  if (child == 0) {
    dup2(input.read_end, 0);
    dup2(output.write_end, 1);
    dup2(error.write_end, 2);
    become(folder, argv.data(), envp.data(), report.write_end);
  }
  Pipe::close_end(input.read_end);
  Pipe::close_end(output.write_end);
  Pipe::close_end(error.write_end);
  Pipe::close_end(report.write_end);
  SubprocessResult result;
  converse(input, output, error, subprocess.input, result);
  Failure failure;
  bool failed = ::read(report.read_end, &failure, sizeof(failure)) == sizeof(failure);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (failed) {
    throw io_error(failure.in_folder ? subprocess.folder.string() : command.at(0), failure.code);
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

namespace {

bool is_executable_file(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

bool is_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_executable_file(name);
  }
  const char* path = std::getenv("PATH");
  for (std::string_view folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    if (is_executable_file(std::string(folder) + "/" + name)) {
      return true;
    }
  }
  return false;
}

}  // namespace cartwheel::util
