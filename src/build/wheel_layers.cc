#include "build/wheel_layers.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <queue>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "python/namespace_init.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::build {

namespace {

// A layer of one platform that is to be made: which group, and how large its wheels are.
struct Task {
  std::size_t platform = 0, group = 0;
  std::uint64_t size = 0;
  bool operator<(const Task& other) const { return size < other.size; }
};

class Maker {
 public:
  Maker(std::vector<WheelJob>& wheels,
        const std::vector<PlatformJob>& platforms,
        const layer::Services& services)
      : wheels_(wheels),
        platforms_(platforms),
        services_(services) {}

  // One spec for each part of the group's layer; `omit` is empty before the collisions are known.
  std::vector<layer::WheelLayerSpec> specs(
      const Task& task, const std::vector<std::vector<std::string>>& omit) const {
    const PlatformJob& platform = platforms_[task.platform];
    const GroupJob& group = platform.groups[task.group];
    layer::WheelLayerSpec spec = platform.where;
    spec.bucket = group.bucket >= 0;
    for (std::size_t i : group.wheels) {
      spec.wheels.push_back(wheels_[i].input);
      spec.wheels.back().omit = omit.empty() ? std::vector<std::string>{} : omit[i];
    }
    spec.exclude = platform.exclude.at(group.wheels[0]);
    if (spec.bucket || wheels_[group.wheels[0]].size <= platform.max_layer_size) {
      return {spec};
    }
    int parts = layer::count_parts(spec.wheels[0], platform.max_layer_size, services_.store);
    std::vector<layer::WheelLayerSpec> out;
    for (int k = 1; k <= parts; ++k) {
      out.push_back(spec);
      if (parts > 1) {
        out.back().part = {k, parts};
      }
    }
    return out;
  }

  // Makes (or finds) the layer of a group; the same layer for two platforms is made once.
  std::vector<memo::LayerRecord> make(const Task& task,
                                      const std::vector<std::vector<std::string>>& omit) {
    std::vector<memo::LayerRecord> records;
    for (const layer::WheelLayerSpec& spec : specs(task, omit)) {
      records.push_back(make_one(spec));
    }
    return records;
  }

  std::size_t reused() const { return reused_; }
  std::size_t made() const { return made_; }

 private:
  memo::LayerRecord make_one(const layer::WheelLayerSpec& spec) {
    std::string key = layer::memo_key(spec);
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !under_way_.contains(key); });
      if (auto found = records_.find(key); found != records_.end()) {
        return found->second;
      }
      // The other platform's try would fail in another way: the wrong wheel is gone by now.
      if (auto failed = failures_.find(key); failed != failures_.end()) {
        std::rethrow_exception(failed->second);
      }
      under_way_.insert(key);
    }
    std::optional<memo::LayerRecord> record = layer::find_wheel_layer(spec, key, services_);
    std::exception_ptr failure;
    try {
      if (record) {
        ++reused_;
      } else {
        record = layer::make_wheel_layer(spec, services_);
        ++made_;
      }
    } catch (...) {
      failure = std::current_exception();
    }
    std::scoped_lock lock(mutex_);
    under_way_.erase(key);
    changed_.notify_all();
    if (failure) {
      failures_.emplace(key, failure);
      std::rethrow_exception(failure);
    }
    return records_.emplace(key, *record).first->second;
  }

  std::vector<WheelJob>& wheels_;
  const std::vector<PlatformJob>& platforms_;
  const layer::Services& services_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> under_way_;
  std::map<std::string, memo::LayerRecord> records_;
  std::map<std::string, std::exception_ptr> failures_;
  std::atomic<std::size_t> reused_ = 0, made_ = 0;
};

// Layers are begun when their wheels have come: a heap of the ready ones, largest first, and the
// threads that take them.
class Pool {
 public:
  Pool(Maker& maker, const std::vector<WheelJob>& wheels, const std::vector<PlatformJob>& platforms)
      : maker_(maker),
        waiting_(wheels.size()) {
    for (std::size_t p = 0; p < platforms.size(); ++p) {
      for (std::size_t g = 0; g < platforms[p].groups.size(); ++g) {
        Pending pending{.task = {.platform = p, .group = g},
                        .missing = platforms[p].groups[g].wheels.size()};
        for (std::size_t i : platforms[p].groups[g].wheels) {
          pending.task.size += wheels[i].size;
          waiting_[i].push_back(pending_.size());
        }
        pending_.push_back(pending);
      }
    }
  }

  void wheel_is_ready(std::size_t wheel) {
    std::scoped_lock lock(mutex_);
    for (std::size_t i : waiting_[wheel]) {
      if (--pending_[i].missing == 0) {
        ready_.push(pending_[i].task);
      }
    }
    changed_.notify_all();
  }

  void start(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { run(); });
    }
  }

  // No more wheels will come; waits for what is ready, then throws the first failure again.
  void finish(bool abandon) {
    {
      std::scoped_lock lock(mutex_);
      closed_ = true;
      abandoned_ = abandoned_ || abandon;
      changed_.notify_all();
    }
    threads_.clear();
    if (failure_ && !abandon) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  struct Pending {
    Task task;
    std::size_t missing = 0;
  };

  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return closed_ || abandoned_ || !ready_.empty(); });
      if (abandoned_ || ready_.empty()) {
        return;
      }
      Task task = ready_.top();
      ready_.pop();
      lock.unlock();
      try {
        maker_.make(task, {});
      } catch (...) {
        lock.lock();
        failure_ = failure_ ? failure_ : std::current_exception();
        abandoned_ = true;
        changed_.notify_all();
      }
    }
  }

  Maker& maker_;
  std::vector<std::vector<std::size_t>> waiting_;  // wheel → pending groups
  std::vector<Pending> pending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Task> ready_;
  bool closed_ = false, abandoned_ = false;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;
};

// Fetches, with layers under way behind it.
void fetch_and_make(std::vector<WheelJob>& wheels,
                    const std::vector<PlatformJob>& platforms,
                    const fetch::Options& options,
                    net::Http& http,
                    const layer::Services& services,
                    Maker& maker) {
  std::vector<fetch::Wanted> wanted;
  std::vector<std::size_t> wanted_wheel;
  Pool pool(maker, wheels, platforms);
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    if (wheels[i].artifact) {
      wanted.push_back({.artifact = *wheels[i].artifact, .place = wheels[i].place});
      wanted_wheel.push_back(i);
    } else {
      pool.wheel_is_ready(i);
    }
  }
  pool.start(services.threads);
  try {
    fetch::fetch(wanted,
                 options,
                 http,
                 services.store,
                 services.progress,
                 [&](std::size_t i, const core::Digest& digest) {
                   wheels[wanted_wheel[i]].input.sha256 = digest;
                   pool.wheel_is_ready(wanted_wheel[i]);
                 });
  } catch (...) {
    pool.finish(true);
    throw;
  }
  pool.finish(false);
}

// Which paths each wheel leaves to another one on this platform, by WheelJob.
std::vector<std::vector<std::string>> losers(const std::vector<WheelJob>& wheels,
                                             const PlatformJob& platform,
                                             const layer::Services& services,
                                             std::vector<layer::Collision>& collisions) {
  std::vector<std::size_t> order;
  std::map<std::size_t, std::size_t> group_of;
  for (std::size_t g = 0; g < platform.groups.size(); ++g) {
    for (std::size_t i : platform.groups[g].wheels) {
      order.push_back(i);
      group_of[i] = g;
    }
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return wheels[i].input.name; });
  std::vector<layer::WheelInput> inputs;
  std::vector<std::vector<facts::InstalledPath>> paths;
  std::vector<std::size_t> layer_of;
  for (std::size_t i : order) {
    inputs.push_back(wheels[i].input);
    paths.push_back(services.memo.find_paths(wheels[i].input.sha256)
                        .value_or(std::vector<facts::InstalledPath>{}));
    std::erase_if(paths.back(), [&](const facts::InstalledPath& path) {
      return facts::is_excluded(platform.exclude.at(i), path.path);
    });
    layer_of.push_back(group_of[i]);
  }
  layer::CollisionResult result = layer::find_collisions(
      inputs, paths, layer_of, platform.where, [&](std::size_t wheel, const std::string& path) {
        std::optional<std::string> text =
            layer::installed_text(inputs[wheel], path, services.store);
        return text && python::is_namespace_init(*text);
      });
  std::vector<std::vector<std::string>> omit(wheels.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    omit[order[k]] = result.omit[k];
  }
  collisions = std::move(result.collisions);
  return omit;
}

bool lacks_a_wheel(const std::vector<WheelJob>& wheels, const store::Store& store) {
  return std::ranges::any_of(wheels, [&](const WheelJob& wheel) {
    return wheel.artifact && !store.has(wheel.input.sha256);
  });
}

}  // namespace

WheelLayers make_wheel_layers(std::vector<WheelJob>& wheels,
                              const std::vector<PlatformJob>& platforms,
                              const fetch::Options& options,
                              net::Http& http,
                              const layer::Services& services) {
  auto maker = std::make_unique<Maker>(wheels, platforms, services);
  try {
    fetch_and_make(wheels, platforms, options, http, services, *maker);
  } catch (const util::Error& error) {
    if (error.kind() != util::ErrorKind::integrity || !lacks_a_wheel(wheels, services.store)) {
      throw;
    }
    // Whoever found a wheel of the store wrong has removed it: once more, from where it came.
    services.progress.warn(fmt::format("{}: fetched again", error.what()));
    maker = std::make_unique<Maker>(wheels, platforms, services);
    fetch_and_make(wheels, platforms, options, http, services, *maker);
  }
  WheelLayers out;
  out.platforms.resize(platforms.size());
  out.collisions.resize(platforms.size());
  for (std::size_t p = 0; p < platforms.size(); ++p) {
    std::vector<std::vector<std::string>> omit =
        losers(wheels, platforms[p], services, out.collisions[p]);
    std::vector<std::vector<memo::LayerRecord>> records(platforms[p].groups.size());
    util::parallel_for(records.size(), services.threads, [&](std::size_t g) {
      records[g] = maker->make({.platform = p, .group = g}, omit);
    });
    for (std::size_t g = 0; g < records.size(); ++g) {
      for (memo::LayerRecord& record : records[g]) {
        out.platforms[p].push_back(
            {.record = std::move(record), .bucket = platforms[p].groups[g].bucket});
      }
    }
  }
  out.reused = maker->reused();
  out.made = maker->made();
  return out;
}

}  // namespace cartwheel::build
