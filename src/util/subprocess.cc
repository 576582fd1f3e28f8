#include "util/subprocess.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/text.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves its declaration to us

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
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::string_view name = text.substr(0, text.find('='));
    if (!dropped.contains(name) && !subprocess.environment.contains(std::string(name))) {
      out.emplace_back(text);
    }
  }
  for (const auto& [name, value] : subprocess.environment) {
    out.push_back(name + "=" + value);
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

// Feeds input and gathers both outputs until both are closed.
void converse(Pipe& input, Pipe& output, Pipe& error, const std::string& text, SubprocessResult& result) {
  std::size_t fed = 0;
  std::array<char, 16384> buffer{};
  auto gather = [&](Pipe& from, std::string& into) {
    ssize_t count = ::read(from.read_end, buffer.data(), buffer.size());
    if (count > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      Pipe::close_end(from.read_end);
    }
  };
  while (output.read_end >= 0 || error.read_end >= 0) {
    if (fed == text.size()) {
      Pipe::close_end(input.write_end);
    }
    std::array<pollfd, 3> watched{
        {{output.read_end, POLLIN, 0}, {error.read_end, POLLIN, 0}, {input.write_end, POLLOUT, 0}}};
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) {
      throw io_error("poll", errno);
    }
    if (watched[0].revents != 0) {
      gather(output, result.output);
    }
    if (watched[1].revents != 0) {
      gather(error, result.error);
    }
    if (watched[2].revents != 0 && input.write_end >= 0) {
      ssize_t count = ::write(input.write_end, text.data() + fed, text.size() - fed);
      fed = count < 0 ? text.size() : fed + static_cast<std::size_t>(count);
    }
  }
}

}  // namespace

SubprocessResult run(const Subprocess& subprocess) {
  Pipe input;
  Pipe output;
  Pipe error;
  Pipe failure;
  std::vector<std::string> command = subprocess.command;
  std::vector<std::string> environment = merged_environment(subprocess);
  std::vector<char*> argv = pointers(command);
  std::vector<char*> envp = pointers(environment);
  pid_t child = fork();
  if (child < 0) {
    throw io_error("fork", errno);
  }
  if (child == 0) {
    if (subprocess.folder.empty() || chdir(subprocess.folder.c_str()) == 0) {
      dup2(input.read_end, 0);
      dup2(output.write_end, 1);
      dup2(error.write_end, 2);
      execvpe(argv[0], argv.data(), envp.data());
    }
    int code = errno;
    ssize_t ignored = ::write(failure.write_end, &code, sizeof(code));
    _exit(ignored == sizeof(code) ? 127 : 126);
  }
  Pipe::close_end(input.read_end);
  Pipe::close_end(output.write_end);
  Pipe::close_end(error.write_end);
  Pipe::close_end(failure.write_end);
  SubprocessResult result;
  converse(input, output, error, subprocess.input, result);
  int code = 0;
  bool failed = ::read(failure.read_end, &code, sizeof(code)) == sizeof(code);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (failed) {
    throw io_error(command.at(0), code);
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

bool is_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return access(name.c_str(), X_OK) == 0;
  }
  const char* path = std::getenv("PATH");
  for (std::string_view folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
    if (access((std::string(folder) + "/" + name).c_str(), X_OK) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace cartwheel::util
