#include "store/recipe.h"

#include <cstring>

#include <fmt/format.h>

#include "util/error.h"

// docs/formats.md section 5; integers little-endian, varint unsigned LEB128:
//
//   recipe   = "cwrecipe" u8 version=1
//              blob:sha256[32] size:u64  diff_id:sha256[32] tar_size:u64
//              varint n, n × source  varint m, m × op  varint literals_size, literals
//              check:sha256[32] of all before
//   source   = sha256[32] varint size
//   op       = varint (length << 1 | is_range), and for a range: varint source (only if n > 1),
//              varint zigzag(offset - end of the last range in that source, at first 0)

namespace cartwheel::store {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kMagic = "cwrecipe";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kDigestSize = 32;

std::uint64_t zigzag(std::uint64_t difference) {
  return (difference << 1U) ^ (0U - (difference >> 63U));
}
std::uint64_t unzigzag(std::uint64_t value) { return (value >> 1U) ^ (0U - (value & 1U)); }

void put_digest(std::string& out, const core::Digest& digest) {
  out += util::as_text(digest.bytes());
}

core::Digest take_digest(util::ByteReader& reader) {
  std::array<std::byte, kDigestSize> bytes{};
  std::memcpy(bytes.data(), reader.take(bytes.size()).data(), bytes.size());
  return core::Digest::from_bytes(bytes);
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::malformed, "recipe: " + message);
}

// A count of things that take at least `each` bytes.
std::size_t take_count(util::ByteReader& reader, std::size_t each, const char* what) {
  std::uint64_t count = reader.varint();
  if (count > reader.remaining() / each) {
    refuse(fmt::format("{} {} do not fit into {} bytes", count, what, reader.remaining()));
  }
  return static_cast<std::size_t>(count);
}

void read_source_range(util::ByteReader& reader,
                       const std::vector<Recipe::Source>& sources,
                       std::vector<std::uint64_t>& ends,
                       Recipe::Op& op) {
  std::uint64_t source = sources.size() > 1 ? reader.varint() : 0;
  if (source >= sources.size()) {
    refuse(fmt::format("source {} of {}", source, sources.size()));
  }
  op.source = static_cast<std::size_t>(source);
  op.offset = ends[op.source] + unzigzag(reader.varint());
  std::uint64_t size = sources[op.source].size;
  if (op.offset > size || op.length > size - op.offset) {
    refuse(fmt::format("{} bytes at {} of a source of {} bytes", op.length, op.offset, size));
  }
  ends[op.source] = op.offset + op.length;
}

void read_ops(util::ByteReader& reader, Recipe& recipe) {
  recipe.ops.resize(take_count(reader, 1, "operations"));
  std::vector<std::uint64_t> ends(recipe.sources.size());
  std::uint64_t size = 0;
  for (Recipe::Op& op : recipe.ops) {
    std::uint64_t head = reader.varint();
    op.is_range = (head & 1U) != 0;
    op.length = head >> 1U;
    if (op.length == 0 || op.length > recipe.size - size) {
      refuse(fmt::format("operation of {} bytes at {} of {}", op.length, size, recipe.size));
    }
    size += op.length;
    if (op.is_range) {
      read_source_range(reader, recipe.sources, ends, op);
    }
  }
  if (size != recipe.size) {
    refuse(fmt::format("operations make {} bytes, wanted {}", size, recipe.size));
  }
}

std::uint64_t literal_size(const Recipe& recipe) {
  std::uint64_t size = 0;
  for (const Recipe::Op& op : recipe.ops) {
    size += op.is_range ? 0 : op.length;
  }
  return size;
}

std::string_view checked_body(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + 1 + kDigestSize || !bytes.starts_with(kMagic)) {
    refuse("does not begin with 'cwrecipe'");
  }
  auto version = static_cast<std::uint8_t>(bytes[kMagic.size()]);
  if (version != kVersion) {
    throw Error(ErrorKind::unsupported,
                fmt::format("recipe: version {}, wanted {}", version, kVersion));
  }
  std::string_view body = bytes.substr(0, bytes.size() - kDigestSize);
  if (util::as_text(core::Digest::of(body).bytes()) != bytes.substr(body.size())) {
    refuse("its check does not hold");
  }
  return body;
}

}  // namespace

void Recipe::append_literal(util::Bytes bytes) {
  if (bytes.empty()) {
    return;
  }
  literals += util::as_text(bytes);
  if (!ops.empty() && !ops.back().is_range) {
    ops.back().length += bytes.size();
  } else {
    ops.push_back({.length = bytes.size()});
  }
}

void Recipe::append_range(std::size_t source, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) {
    return;
  }
  if (!ops.empty()) {
    Op& last = ops.back();
    if (last.is_range && last.source == source && last.offset + last.length == offset) {
      last.length += length;
      return;
    }
  }
  ops.push_back({.length = length, .is_range = true, .source = source, .offset = offset});
}

std::string encode(const Recipe& recipe) {
  std::string out;
  out.reserve(256 + recipe.sources.size() * 40 + recipe.ops.size() * 8 + recipe.literals.size());
  out += kMagic;
  util::put_u8(out, kVersion);
  put_digest(out, recipe.blob);
  util::put_u64(out, recipe.size);
  put_digest(out, recipe.diff_id);
  util::put_u64(out, recipe.tar_size);
  util::put_varint(out, recipe.sources.size());
  for (const Recipe::Source& source : recipe.sources) {
    put_digest(out, source.digest);
    util::put_varint(out, source.size);
  }
  util::put_varint(out, recipe.ops.size());
  std::vector<std::uint64_t> ends(recipe.sources.size());
  for (const Recipe::Op& op : recipe.ops) {
    util::put_varint(out, op.length << 1U | (op.is_range ? 1U : 0U));
    if (!op.is_range) {
      continue;
    }
    if (recipe.sources.size() > 1) {
      util::put_varint(out, op.source);
    }
    std::uint64_t& end = ends.at(op.source);
    util::put_varint(out, zigzag(op.offset - end));
    end = op.offset + op.length;
  }
  util::put_varint(out, recipe.literals.size());
  out += recipe.literals;
  put_digest(out, core::Digest::of(out));
  return out;
}

Recipe decode_recipe(std::string_view bytes) {
  util::ByteReader reader(util::as_bytes(checked_body(bytes)), "recipe");
  reader.take(kMagic.size() + 1);
  Recipe recipe;
  recipe.blob = take_digest(reader);
  recipe.size = reader.u64();
  recipe.diff_id = take_digest(reader);
  recipe.tar_size = reader.u64();
  std::size_t sources = take_count(reader, kDigestSize + 1, "sources");
  for (std::size_t i = 0; i < sources; ++i) {
    core::Digest digest = take_digest(reader);
    recipe.sources.push_back({digest, reader.varint()});
  }
  read_ops(reader, recipe);
  std::uint64_t size = reader.varint();
  if (size != reader.remaining() || size != literal_size(recipe)) {
    refuse(fmt::format("{} literal bytes, of which {} are used; {} are there",
                       size,
                       literal_size(recipe),
                       reader.remaining()));
  }
  recipe.literals = util::as_text(reader.take(reader.remaining()));
  return recipe;
}

}  // namespace cartwheel::store
