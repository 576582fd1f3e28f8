#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "archive/inflate.h"
#include "archive/zip.h"
#include "elf/elf.h"
#include "layer/elf_watch.h"
#include "layer/inflate_member.h"
#include "util/stream.h"

namespace cartwheel::layer {

// A member that is to be inflated.
struct MemberJob {
  const util::RandomAccess* file = nullptr;
  const archive::ZipMember* member = nullptr;
  bool strict = false;  // by zlib as well
  bool content = true;  // its bytes are wanted; else only its facts are
  bool facts = true;    // its ELF facts are wanted, and its content is held against RECORD
  const std::string* record_hash = nullptr;  // "sha256=…" as RECORD has it
  std::string place;                         // of the wheel, for errors: its file name
};

struct MemberOutcome {
  std::optional<archive::DeflateEnd> end;  // of a deflated member
  std::optional<elf::Elf> elf;
  bool elf_is_broken = false;
  GpuCounts sass, ptx;  // GPU code in an ELF file
};

// Inflates the members of one layer. The caller takes their bytes in order, and inflates what
// nobody has begun; other threads inflate members further on meanwhile, each at most about 2 MiB
// ahead of the caller. They run only while this process has fewer layers under way than `threads`,
// so that many layers at once cost no more than one thread each. The jobs must outlive it.
class InflateAhead {
 public:
  InflateAhead(const std::vector<MemberJob>& jobs,
               std::size_t threads,
               archive::Inflater inflater = archive::Inflater::fastest);
  ~InflateAhead();  // ends the other threads, wherever they are

  // The bytes of the next job, in pieces that are valid during the call; compressed (if not null)
  // takes them as they stand in the zip, but for a job that another thread has begun. Throws what
  // MemberReader throws, within the job's place.
  MemberOutcome next(const std::function<void(util::Bytes)>& out,
                     const MemberReader::CompressedOut& compressed = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cartwheel::layer
