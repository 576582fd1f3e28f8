// A pack of .pyc files:
//
//   magic     "cwpyc" u8 version=1
//   payloads  of each .pyc one deflate stream by encoder C with BFINAL in its last block
//   index     varint n, n × { varint length, path of the source ("purelib/six.py"),
//             varint size, varint compressed size, u32 CRC-32 }   in the payloads' order
//   end       u64 where the index begins

#include "layer/bytecode_pack.h"

#include <fmt/format.h>

#include "archive/encoder_c.h"
#include "archive/inflate.h"
#include "layer/collisions.h"
#include "layer/inflate_member.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::layer {

using archive::ZipMember;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kMagic("cwpyc\x01", 6);
constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;  // bytes of sources given to one process
constexpr std::size_t kChunkFiles = 128;
constexpr std::uint64_t kMostSource = std::uint64_t{16} << 20;  // bytes of a source worth compiling
constexpr std::uint64_t kMostIndex = std::uint64_t{256} << 20;

std::string record_key(const WheelInput& wheel, const WheelLayerSpec& spec) {
  const Bytecode& bytecode = *spec.bytecode;
  return fmt::format("bytecode of {} at {} by {} {} {}",
                     wheel.sha256.hex(),
                     tar_path("purelib/", wheel.name, spec),
                     bytecode.build,
                     bytecode.magic,
                     core::kFormat);
}

// A .pyc as it lies in the pack.
struct Packed {
  ZipMember member;
  std::string deflated;
};

// Sources that one process compiles.
struct Chunk {
  std::vector<PythonSource> sources;
  std::vector<std::string> installed;
  std::uint64_t size = 0;
  std::vector<Packed> packed;
};

Packed pack(const std::string& name, const std::string& pyc, archive::EncoderC& encoder) {
  Packed out;
  archive::BitWriter bits;
  encoder.begin();
  encoder.feed(pyc, bits);
  encoder.end(true, bits);
  bits.align();
  bits.flush_bytes();
  out.deflated = bits.bytes();
  out.member.name = name;
  out.member.deflated = true;
  out.member.size = pyc.size();
  out.member.compressed_size = out.deflated.size();
  out.member.crc32 = archive::crc32(0, util::as_bytes(pyc));
  return out;
}

void compile(Chunk& chunk, Compiler& compiler) {
  const std::vector<std::string> compiled = compiler.compile(chunk.sources);
  archive::EncoderC encoder;
  for (std::size_t i = 0; i < compiled.size(); ++i) {
    if (!compiled[i].empty()) {
      chunk.packed.push_back(pack(chunk.installed[i], compiled[i], encoder));
    }
  }
  chunk.sources.clear();
}

// Writes a pack, chunk by chunk.
class PackWriter {
 public:
  PackWriter(std::size_t threads, Compiler& compiler, store::Store& store)
      : threads_(threads),
        compiler_(compiler),
        upload_(store.begin()) {
    upload_->write(util::as_bytes(kMagic));
  }

  void add(std::string installed, PythonSource source) {
    if (chunks_.empty() || chunks_.back().size >= kChunk ||
        chunks_.back().sources.size() >= kChunkFiles) {
      if (chunks_.size() >= threads_) {
        flush();
      }
      chunks_.emplace_back();
    }
    Chunk& chunk = chunks_.back();
    chunk.size += source.text.size();
    chunk.installed.push_back(std::move(installed));
    chunk.sources.push_back(std::move(source));
  }

  core::Digest finish() {
    flush();
    const std::uint64_t begin = upload_->size();
    std::string end;
    util::put_varint(end, count_);
    end += index_;
    util::put_u64(end, begin);
    upload_->write(util::as_bytes(end));
    return upload_->commit();
  }

 private:
  void flush() {
    util::parallel_for(
        chunks_.size(), threads_, [&](std::size_t i) { compile(chunks_[i], compiler_); });
    for (const Chunk& chunk : chunks_) {
      for (const Packed& packed : chunk.packed) {
        upload_->write(util::as_bytes(packed.deflated));
        util::put_varint(index_, packed.member.name.size());
        index_ += packed.member.name;
        util::put_varint(index_, packed.member.size);
        util::put_varint(index_, packed.member.compressed_size);
        util::put_u32(index_, packed.member.crc32);
        ++count_;
      }
    }
    chunks_.clear();
  }

  std::size_t threads_;
  Compiler& compiler_;
  std::unique_ptr<store::Upload> upload_;
  std::vector<Chunk> chunks_;
  std::string index_;
  std::uint64_t count_ = 0;
};

bool is_source(const WheelFileEntry& file, const ZipMember& member) {
  return file.installed.starts_with("purelib/") && file.installed.ends_with(".py") &&
         member.size <= kMostSource;
}

[[noreturn]] void refuse(const core::Digest& digest) {
  throw Error(ErrorKind::malformed, fmt::format("{} is no pack of .pyc files", digest.str()));
}

std::string read_index(const core::Digest& digest,
                       const util::RandomAccess& file,
                       std::uint64_t& begin) {
  const std::uint64_t size = file.size();
  std::string head(kMagic.size(), '\0');
  std::string end(sizeof(std::uint64_t), '\0');
  if (size < head.size() + end.size()) {
    refuse(digest);
  }
  file.read_at(0, std::as_writable_bytes(std::span(head)));
  file.read_at(size - end.size(), std::as_writable_bytes(std::span(end)));
  begin = util::ByteReader(util::as_bytes(end), "pack of .pyc files").u64();
  const std::uint64_t index_end = size - end.size();
  if (head != kMagic || begin < head.size() || begin > index_end ||
      index_end - begin > kMostIndex) {
    refuse(digest);
  }
  std::string index(static_cast<std::size_t>(index_end - begin), '\0');
  file.read_at(begin, std::as_writable_bytes(std::span(index)));
  return index;
}

}  // namespace

std::string pyc_path(const std::string& source, const Bytecode& bytecode) {
  const std::size_t name = source.rfind('/') + 1;
  const std::size_t end = source.size() - std::string_view(".py").size();
  return fmt::format("{}__pycache__/{}.{}.pyc",
                     source.substr(0, name),
                     source.substr(name, end - name),
                     bytecode.tag);
}

std::optional<core::Digest> find_pack(const WheelInput& wheel,
                                      const WheelLayerSpec& spec,
                                      const store::Store& store) {
  const std::optional<std::string> text =
      store.find_record(store::RecordKind::alias, record_key(wheel, spec));
  const std::optional<core::Digest> digest =
      text ? core::Digest::from_hex(*text) : std::optional<core::Digest>();
  return digest && store.has(*digest) ? digest : std::nullopt;
}

BytecodePack read_pack(const core::Digest& digest, const util::RandomAccess& file) {
  std::uint64_t begin = 0;
  const std::string index = read_index(digest, file, begin);
  util::ByteReader reader(util::as_bytes(index), "pack of .pyc files");
  BytecodePack out{.digest = digest, .members = {}};
  std::uint64_t at = kMagic.size();
  for (std::uint64_t left = reader.varint(); left > 0; --left) {
    ZipMember member;
    const std::uint64_t length = reader.varint();
    if (length > reader.remaining()) {
      refuse(digest);
    }
    member.name = util::as_text(reader.take(static_cast<std::size_t>(length)));
    member.deflated = true;
    member.size = reader.varint();
    member.compressed_size = reader.varint();
    member.crc32 = reader.u32();
    member.data_offset = at;
    if (member.compressed_size > begin - at) {
      refuse(digest);
    }
    at += member.compressed_size;
    out.members.push_back(std::move(member));
  }
  if (at != begin || !reader.at_end()) {
    refuse(digest);
  }
  return out;
}

core::Digest make_pack(const util::RandomAccess& file,
                       const WheelContents& contents,
                       const WheelInput& wheel,
                       const WheelLayerSpec& spec,
                       const Services& services) {
  PackWriter writer(services.threads, *services.compiler, services.store);
  MemberReader reader;
  for (const WheelFileEntry& entry : contents.files) {
    const ZipMember& member = contents.members[entry.member];
    if (is_source(entry, member)) {
      writer.add(entry.installed,
                 {.path = "/" + tar_path(entry.installed, wheel.name, spec),
                  .text = reader.read_text(file, member, !wheel.trusted, kMostSource)});
    }
  }
  const core::Digest digest = writer.finish();
  services.store.put_record(store::RecordKind::alias, record_key(wheel, spec), digest.hex());
  return digest;
}

}  // namespace cartwheel::layer
