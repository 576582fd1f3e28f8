#include "cli/progress.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::cli {

namespace {

using Clock = std::chrono::steady_clock;

// A piece of work under way.
struct Task {
  std::string verb, name;
  std::optional<std::uint64_t> total;
  std::uint64_t done = 0;
  Clock::time_point begun;

  double seconds() const { return std::chrono::duration<double>(Clock::now() - begun).count(); }
  double rate() const { return seconds() > 0 ? static_cast<double>(done) / seconds() : 0; }
};

std::string rate_text(const Task& task) {
  return util::human_bytes(static_cast<unsigned long long>(task.rate())) + "/s";
}

std::string time_left(const Task& task) {
  if (!task.total || task.rate() <= 0 || task.done >= *task.total) {
    return "";
  }
  auto seconds =
      static_cast<long>(static_cast<double>(*task.total - task.done) / task.rate() + 0.5);
  return seconds >= 60 ? fmt::format("{}m{:02}s left", seconds / 60, seconds % 60)
                       : fmt::format("{}s left", seconds);
}

// What all styles share: which pieces of work there are.
class Tracked : public util::Progress {
 public:
  void begin(const std::string& verb,
             const std::string& name,
             std::optional<std::uint64_t> total) override {
    std::scoped_lock lock(mutex_);
    tasks_.push_back({.verb = verb, .name = name, .total = total, .begun = Clock::now()});
    changed();
  }
  void advance(const std::string& verb, const std::string& name, std::uint64_t bytes) override {
    std::scoped_lock lock(mutex_);
    if (Task* task = find(verb, name)) {
      task->done += bytes;
      changed();
    }
  }
  void end(const std::string& verb, const std::string& name) override {
    std::scoped_lock lock(mutex_);
    if (Task* task = find(verb, name)) {
      Task ended = *task;
      tasks_.erase(tasks_.begin() + (task - tasks_.data()));
      finished(ended);
    }
  }
  void note(const std::string& line) override {
    std::scoped_lock lock(mutex_);
    message("note", line);
  }
  void warn(const std::string& line) override {
    std::scoped_lock lock(mutex_);
    message("warning", line);
  }

 protected:
  virtual void changed() {}
  virtual void finished(const Task& task) = 0;
  virtual void message(const std::string& severity, const std::string& line) = 0;
  const std::vector<Task>& tasks() const { return tasks_; }
  std::mutex& mutex() { return mutex_; }

 private:
  Task* find(const std::string& verb, const std::string& name) {
    auto found = std::ranges::find_if(
        tasks_, [&](const Task& t) { return t.verb == verb && t.name == name; });
    return found == tasks_.end() ? nullptr : &*found;
  }

  std::mutex mutex_;
  std::vector<Task> tasks_;  // in order of their beginning
};

std::string finished_line(const Task& task) {
  if (task.done == 0) {
    return fmt::format("{:>6} {}", task.verb, task.name);
  }
  return fmt::format(
      "{:>6} {} ({}, {:.1f}s)", task.verb, task.name, util::human_bytes(task.done), task.seconds());
}

class Plain : public Tracked {
 protected:
  void finished(const Task& task) override { fmt::print(stderr, "{}\n", finished_line(task)); }
  void message(const std::string& severity, const std::string& line) override {
    fmt::print(stderr, "{}{}\n", severity == "warning" ? "warning: " : "", line);
  }
};

class JsonLines : public Tracked {
 protected:
  void finished(const Task& task) override {
    print({{"event", task.verb},
           {"name", task.name},
           {"bytes", task.done},
           {"seconds", task.seconds()}});
  }
  void message(const std::string& severity, const std::string& line) override {
    print({{"event", severity}, {"message", line}});
  }

 private:
  static void print(const nlohmann::json& event) { fmt::print(stderr, "{}\n", event.dump()); }
};

class Bars : public Tracked {
 public:
  explicit Bars(bool colour) : colour_(colour) {}
  ~Bars() override { erase(); }
  Bars(const Bars&) = delete;
  Bars& operator=(const Bars&) = delete;

 protected:
  void changed() override {
    if (Clock::now() - drawn_at_ >= std::chrono::milliseconds(100)) {
      draw();
    }
  }
  void finished(const Task& task) override {
    erase();
    if (task.done > 0) {
      fmt::print(stderr, "{}\n", finished_line(task));
    }
    draw();
  }
  void message(const std::string& severity, const std::string& line) override {
    erase();
    bool warning = severity == "warning";
    fmt::print(stderr,
               "{}{}{}{}\n",
               warning && colour_ ? "\033[33m" : "",
               warning ? "warning: " : "",
               line,
               warning && colour_ ? "\033[0m" : "");
    draw();
  }

 private:
  static std::size_t width() {
    winsize size{};
    return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
  }

  // What is known of how far it is: a bar where the end is known, the time where nothing is.
  static std::string tail_of(const Task& task) {
    constexpr std::size_t kBar = 12;
    if (task.total && *task.total > 0) {
      std::size_t filled = std::min<std::size_t>(kBar, task.done * kBar / *task.total);
      return fmt::format(
          " [{:-<{}}] {:>17} {:>10} {:>8}",
          std::string(filled, '#'),
          kBar,
          fmt::format("{}/{}", util::human_bytes(task.done), util::human_bytes(*task.total)),
          rate_text(task),
          time_left(task));
    }
    return task.done > 0
               ? fmt::format(" {:>10} {:>10}", util::human_bytes(task.done), rate_text(task))
               : fmt::format(" {:.0f}s", task.seconds());
  }

  // Too long a name loses its middle: wheels differ at both ends.
  std::string line(const Task& task) const {
    std::string tail = tail_of(task);
    std::string head = fmt::format("{:>6} {}", task.verb, task.name);
    std::size_t room = width() - 1 > tail.size() ? width() - 1 - tail.size() : 10;
    if (head.size() > room) {
      std::size_t end = room / 3;
      head = head.substr(0, room - end - 1) + "~" + head.substr(head.size() - end);
    }
    return fmt::format("{:<{}}{}", head, room, tail);
  }

  void draw() {
    constexpr std::size_t kMostLines = 8;
    erase();
    std::string text;
    std::size_t count = std::min(tasks().size(), kMostLines);
    for (std::size_t i = 0; i < count; ++i) {
      text += line(tasks()[i]) + "\n";
    }
    if (tasks().size() > count) {
      text += fmt::format("       … and {} more\n", tasks().size() - count);
      ++count;
    }
    fmt::print(stderr, "{}", text);
    std::fflush(stderr);
    lines_ = count;
    drawn_at_ = Clock::now();
  }

  void erase() {
    if (lines_ > 0) {
      fmt::print(stderr, "\033[{}A\033[J", lines_);
      lines_ = 0;
    }
  }

  bool colour_;
  std::size_t lines_ = 0;  // on the screen now
  Clock::time_point drawn_at_;
};

}  // namespace

ProgressStyle progress_style(const std::string& name) {
  const char* terminal = std::getenv("TERM");
  bool dumb = terminal != nullptr && std::string(terminal) == "dumb";
  if (name == "auto") {
    return isatty(2) == 1 && !dumb ? ProgressStyle::bars : ProgressStyle::plain;
  }
  if (name == "bars") {
    return ProgressStyle::bars;
  }
  if (name == "plain") {
    return ProgressStyle::plain;
  }
  if (name == "json") {
    return ProgressStyle::json;
  }
  if (name == "none") {
    return ProgressStyle::none;
  }
  throw util::Error(util::ErrorKind::usage,
                    fmt::format("--progress '{}': wanted auto, bars, plain, json or none", name));
}

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  bool dumb = terminal != nullptr && std::string(terminal) == "dumb";
  return isatty(descriptor) == 1 && !dumb && (no_colour == nullptr || *no_colour == '\0');
}

std::unique_ptr<util::Progress> make_progress(ProgressStyle style, bool colour) {
  switch (style) {
    case ProgressStyle::bars:
      return std::make_unique<Bars>(colour);
    case ProgressStyle::json:
      return std::make_unique<JsonLines>();
    case ProgressStyle::plain:
      return std::make_unique<Plain>();
    case ProgressStyle::none:
      break;
  }
  return nullptr;
}

}  // namespace cartwheel::cli
