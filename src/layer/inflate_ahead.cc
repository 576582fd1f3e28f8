#include "layer/inflate_ahead.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "archive/zip_member.h"
#include "core/digest.h"
#include "layer/elf_watch.h"
#include "layer/inflate_member.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::layer {

using util::Bytes;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::uint64_t kBatch = std::uint64_t{1}
                                 << 20;  // inflated bytes of small members, claimed at once
constexpr std::uint64_t kMostAhead = std::uint64_t{2} << 20;  // bytes that a helper may be ahead
constexpr std::size_t kMostHelpers = 16;

// The threads of this process that make layers: one for each layer that is under way, and helpers
// while there are cores left.
class Cores {
 public:
  void enter() {
    std::scoped_lock lock(mutex_);
    ++busy_;
  }
  void leave() {
    {
      std::scoped_lock lock(mutex_);
      --busy_;
    }
    changed_.notify_all();
  }
  // Waits for a free core; false when `stop` became true.
  bool enter_when_free(std::size_t cores, const std::function<bool()>& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop() || busy_ < cores; });
    if (stop()) {
      return false;
    }
    ++busy_;
    return true;
  }
  void wake() {
    { std::scoped_lock lock(mutex_); }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t busy_ = 0;
};

Cores& cores() {
  static Cores instance;
  return instance;
}

// The wheel is what the lock asked for, so that fetching it again would not help.
void check_record(const MemberJob& job, const core::Digest& found) {
  std::string_view wanted = *job.record_hash;
  while (wanted.ends_with('=')) {
    wanted.remove_suffix(1);
  }
  if (std::string hash = "sha256=" + util::base64url(found.bytes()); hash != wanted) {
    throw Error(
        ErrorKind::malformed,
        fmt::format(
            "{}: RECORD has {}, its content {}", archive::place_of(*job.member), wanted, hash));
  }
}

// Inflates one job here and now.
MemberOutcome inflate(const MemberJob& job,
                      MemberReader& reader,
                      const std::function<void(Bytes)>& out,
                      const MemberReader::CompressedOut& compressed) {
  MemberOutcome outcome;
  std::optional<ElfWatch> watch;
  if (job.facts) {
    watch.emplace(job.member->size);
  }
  std::optional<core::Hasher> hasher;
  if (job.facts && job.record_hash != nullptr) {
    hasher.emplace();
  }
  outcome.end = reader.read(
      *job.file,
      *job.member,
      job.strict,
      [&](Bytes piece) {
        if (job.content) {
          out(piece);
        }
        if (hasher) {
          hasher->update(piece);
        }
        try {
          bool more = watch && watch->take(piece);
          return more || job.content || hasher.has_value();
        } catch (const Error&) {
          outcome.elf_is_broken = true;
          watch.reset();
          return job.content || hasher.has_value();
        }
      },
      compressed);
  if (hasher) {
    check_record(job, hasher->finish());
  }
  if (!watch) {
    return outcome;
  }
  try {
    outcome.elf = watch->finish([&](const std::function<bool(Bytes)>& again) {
      MemberReader().read(
          *job.file, *job.member, false, again);  // the other holds its latest piece
    });
    outcome.sass = watch->gpu_code().sass();
    outcome.ptx = watch->gpu_code().ptx();
  } catch (const Error&) {
    outcome.elf_is_broken = true;
  }
  return outcome;
}

MemberOutcome inflate_in_place(const MemberJob& job,
                               MemberReader& reader,
                               const std::function<void(Bytes)>& out,
                               const MemberReader::CompressedOut& compressed = {}) {
  return util::in_context(job.place, [&] { return inflate(job, reader, out, compressed); });
}

// What a helper has ready of one job.
struct Ready {
  std::size_t job = 0;
  std::deque<std::vector<std::byte>> pieces;
  bool done = false;
  MemberOutcome outcome;
  std::exception_ptr error;
};

}  // namespace

struct InflateAhead::State {
  State(const std::vector<MemberJob>& all, std::size_t cores, archive::Inflater which)
      : jobs(all),
        threads(cores),
        inflater(which),
        callers_reader(which) {}

  // The end of the batch that begins at `first`: neighbours that are small together.
  std::size_t batch_end(std::size_t first) const {
    std::uint64_t size = 0;
    std::size_t end = first;
    while (end < jobs.size() && (end == first || size + jobs[end].member->size <= kBatch)) {
      size += jobs[end++].member->size;
    }
    return end;
  }

  void help() {
    MemberReader reader(inflater);
    while (cores().enter_when_free(threads, [&] { return stopped.load(); })) {
      bool more = help_once(reader);
      cores().leave();
      if (!more) {
        return;
      }
    }
  }

  // Inflates one batch; false when there is none left.
  bool help_once(MemberReader& reader) {
    std::vector<Ready*> mine;
    {
      std::scoped_lock lock(mutex);
      std::size_t end = batch_end(unclaimed);
      for (; unclaimed < end; ++unclaimed) {
        mine.push_back(&ready.emplace_back());
        mine.back()->job = unclaimed;
      }
    }
    for (Ready* slot : mine) {
      inflate_into(*slot, reader);
    }
    return !mine.empty() && !stopped;
  }

  void inflate_into(Ready& slot, MemberReader& reader) {
    MemberOutcome outcome;
    std::exception_ptr error;
    try {
      outcome = inflate_in_place(jobs[slot.job], reader, [&](Bytes piece) { push(slot, piece); });
    } catch (...) {
      error = std::current_exception();
    }
    std::scoped_lock lock(mutex);
    slot.outcome = std::move(outcome);
    slot.error = error;
    slot.done = true;
    changed.notify_all();
  }

  void push(Ready& slot, Bytes piece) {
    std::vector<std::byte> copy = spare_buffer();
    copy.assign(piece.begin(), piece.end());
    std::unique_lock lock(mutex);
    // The one that the caller waits for may always go on, so that nobody waits for ever.
    changed.wait(lock, [&] {
      bool wanted_now = slot.job + 1 == at;
      return stopped ||
             (wanted_now ? held(slot) : held_by_all) < kMostAhead * (wanted_now ? 1 : helper_count);
    });
    if (stopped) {
      throw Error(ErrorKind::interrupted, "no longer wanted");
    }
    held_by_all += copy.size();
    slot.pieces.push_back(std::move(copy));
    changed.notify_all();
  }

  static std::uint64_t held(const Ready& slot) {
    std::uint64_t size = 0;
    for (const std::vector<std::byte>& piece : slot.pieces) {
      size += piece.size();
    }
    return size;
  }

  std::vector<std::byte> spare_buffer() {
    std::scoped_lock lock(mutex);
    if (spare.empty()) {
      return {};
    }
    std::vector<std::byte> buffer = std::move(spare.back());
    spare.pop_back();
    return buffer;
  }

  // The next job's bytes from the helper that has it.
  MemberOutcome take(Ready& slot, const std::function<void(Bytes)>& out) {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return slot.done || !slot.pieces.empty(); });
      if (slot.pieces.empty()) {
        break;
      }
      std::vector<std::byte> piece = std::move(slot.pieces.front());
      slot.pieces.pop_front();
      held_by_all -= piece.size();
      lock.unlock();
      changed.notify_all();
      out(piece);
      lock.lock();
      spare.push_back(std::move(piece));
    }
    if (slot.error) {
      std::rethrow_exception(slot.error);
    }
    return std::move(slot.outcome);
  }

  // The caller's next job; of a helper, or ours (null) when nobody has begun it.
  Ready* claim(std::size_t& job) {
    std::scoped_lock lock(mutex);
    job = at++;
    changed.notify_all();
    if (job >= unclaimed) {
      unclaimed = job + 1;
      return nullptr;
    }
    while (!ready.empty() && ready.front().job < job) {
      ready.pop_front();
    }
    return !ready.empty() && ready.front().job == job ? &ready.front() : nullptr;
  }

  const std::vector<MemberJob>& jobs;
  std::size_t threads;
  archive::Inflater inflater;
  std::size_t helper_count = 0;
  MemberReader callers_reader;

  std::mutex mutex;
  std::size_t at = 0;  // the caller's next job
  std::condition_variable changed;
  std::size_t unclaimed = 0;      // all jobs before it have been begun
  std::deque<Ready> ready;        // by job
  std::uint64_t held_by_all = 0;  // bytes of their pieces
  std::vector<std::vector<std::byte>> spare;
  std::atomic<bool> stopped = false;
  std::vector<std::jthread> helpers;
};

InflateAhead::InflateAhead(const std::vector<MemberJob>& jobs,
                           std::size_t threads,
                           archive::Inflater inflater)
    : state_(std::make_unique<State>(jobs, threads, inflater)) {
  cores().enter();
  State& state = *state_;
  // A layer that is one batch is done before a helper has begun.
  if (state.batch_end(0) < jobs.size()) {
    state.helper_count = std::min(std::max<std::size_t>(threads, 1) - 1, kMostHelpers);
  }
  for (std::size_t i = 0; i < state.helper_count; ++i) {
    state.helpers.emplace_back([&state] { state.help(); });
  }
}

InflateAhead::~InflateAhead() {
  {
    std::scoped_lock lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
  cores().wake();
  state_->helpers.clear();
  cores().leave();
}

MemberOutcome InflateAhead::next(const std::function<void(Bytes)>& out,
                                 const MemberReader::CompressedOut& compressed) {
  State& state = *state_;
  std::size_t job = 0;
  if (Ready* slot = state.claim(job)) {
    return state.take(*slot, out);
  }
  return inflate_in_place(state.jobs.at(job), state.callers_reader, out, compressed);
}

}  // namespace cartwheel::layer
