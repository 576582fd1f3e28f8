#include "elf/elf_builder.h"

#include "util/bytes.h"

namespace cartwheel::tests {

using util::put_u16;
using util::put_u32;
using util::put_u64;

namespace {

constexpr std::size_t kHeader = 64 + 2 * 56;

struct Strings {
  std::string bytes = std::string(1, '\0');
  std::uint32_t add(const std::string& text) {
    auto at = static_cast<std::uint32_t>(bytes.size());
    bytes += text;
    bytes += '\0';
    return at;
  }
};

std::string version_needs(const ElfBuilder& elf, Strings& strings) {
  std::string out;
  for (std::size_t i = 0; i < elf.versions.size(); ++i) {
    const auto& [library, names] = elf.versions[i];
    auto size = static_cast<std::uint32_t>(16 + 16 * names.size());
    put_u16(out, 1);
    put_u16(out, static_cast<std::uint16_t>(names.size()));
    put_u32(out, strings.add(library));
    put_u32(out, 16);
    put_u32(out, i + 1 < elf.versions.size() ? size : 0);
    for (std::size_t k = 0; k < names.size(); ++k) {
      put_u32(out, 0);
      put_u32(out, 0);
      put_u32(out, strings.add(names[k]));
      put_u32(out, k + 1 < names.size() ? 16 : 0);
    }
  }
  return out;
}

std::string version_definitions(const ElfBuilder& elf, Strings& strings) {
  std::vector<std::string> names{elf.soname};
  names.insert(names.end(), elf.defines.begin(), elf.defines.end());
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    put_u16(out, 1);
    put_u16(out, i == 0 ? 1 : 0);
    put_u32(out, 1 << 16);
    put_u32(out, 0);
    put_u32(out, 20);
    put_u32(out, i + 1 < names.size() ? 28 : 0);
    put_u32(out, strings.add(names[i]));
    put_u32(out, 0);
  }
  return out;
}

void put_segment(std::string& out,
                 std::uint32_t type,
                 std::uint64_t offset,
                 std::uint64_t address,
                 std::uint64_t size) {
  put_u32(out, type);
  put_u32(out, 4);
  put_u64(out, offset);
  put_u64(out, address);
  put_u64(out, address);
  put_u64(out, size);
  put_u64(out, size);
  put_u64(out, 8);
}

struct Tag {
  std::uint64_t tag = 0, value = 0;
};

}  // namespace

std::string ElfBuilder::bytes() const {
  Strings strings;
  std::vector<Tag> tags;
  for (const std::string& name : needed) {
    tags.push_back({1, strings.add(name)});
  }
  for (auto [tag, text] : {std::pair(14, soname), std::pair(15, rpath), std::pair(29, runpath)}) {
    if (!text.empty()) {
      tags.push_back({static_cast<std::uint64_t>(tag), strings.add(text)});
    }
  }
  std::string needs = version_needs(*this, strings);
  std::string definitions = defines.empty() ? "" : version_definitions(*this, strings);
  std::size_t tag_count =
      tags.size() + 2 + (needs.empty() ? 0 : 2) + (definitions.empty() ? 0 : 2) + 1;
  std::size_t dynamic_size = has_dynamic ? tag_count * 16 : 0;
  std::size_t tables_at = kHeader + (dynamic_last ? 0 : dynamic_size + gap);
  std::size_t needs_at = tables_at + strings.bytes.size();
  std::size_t definitions_at = needs_at + needs.size();
  std::size_t dynamic_at = dynamic_last ? definitions_at + definitions.size() + gap : kHeader;
  tags.push_back({5, load_address + tables_at});
  tags.push_back({10, strings.bytes.size()});
  if (!needs.empty()) {
    tags.push_back({0x6ffffffe, load_address + needs_at});
    tags.push_back({0x6fffffff, versions.size()});
  }
  if (!definitions.empty()) {
    tags.push_back({0x6ffffffc, load_address + definitions_at});
    tags.push_back({0x6ffffffd, defines.size() + 1});
  }
  tags.push_back({});
  std::string dynamic;
  for (const Tag& tag : tags) {
    put_u64(dynamic, tag.tag);
    put_u64(dynamic, tag.value);
  }
  dynamic.resize(dynamic_size);
  std::string tables = strings.bytes + needs + definitions;
  std::string zeros(gap, '\0');
  std::string body = dynamic_last ? tables + zeros + dynamic : dynamic + zeros + tables;

  std::string out(
      "\x7f"
      "ELF\2\1\1");
  out.resize(16, '\0');
  put_u16(out, type);
  put_u16(out, machine);
  put_u32(out, 1);
  put_u64(out, 0);   // entry point
  put_u64(out, 64);  // program headers
  put_u64(out, 0);
  put_u32(out, 0);
  put_u16(out, 64);
  put_u16(out, 56);
  put_u16(out, has_dynamic ? 2 : 1);
  out.append(6, '\0');
  put_segment(out, 1, 0, load_address, kHeader + body.size());
  put_segment(out, has_dynamic ? 2 : 4, dynamic_at, load_address + dynamic_at, dynamic_size);
  return out + body;
}

}  // namespace cartwheel::tests
