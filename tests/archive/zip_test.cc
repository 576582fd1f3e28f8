#include "archive/zip.h"

#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/zip_builder.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::archive {
namespace {

using testing::HasSubstr;
using tests::ZipBuilder;
using tests::ZipEnd;
using tests::ZipEntry;
using tests::ZipHeader;
using util::ErrorKind;

// Counts what is read of it.
class CountedFile : public util::RandomAccess {
 public:
  explicit CountedFile(std::string text) : file_(std::move(text)) {}
  std::uint64_t size() const override { return file_.size(); }
  void read_at(std::uint64_t offset, util::MutableBytes buffer) const override {
    file_.read_at(offset, buffer);
    ++reads;
    bytes += buffer.size();
  }
  mutable std::size_t reads = 0;
  mutable std::uint64_t bytes = 0;

 private:
  util::StringRandomAccess file_;
};

std::vector<ZipMember> read(const std::string& bytes) {
  return read_zip(util::StringRandomAccess(bytes));
}

ZipEntry entry_of(std::string name,
                  std::string content,
                  const std::function<void(ZipEntry&)>& change = {}) {
  ZipEntry entry;
  entry.name = std::move(name);
  entry.content = std::move(content);
  if (change) {
    change(entry);
  }
  return entry;
}

// Every member's content, by the places that read_zip gives.
void expect_contents(const std::string& zip, const std::vector<std::string>& contents) {
  const std::vector<ZipMember> members = read(zip);
  ASSERT_EQ(members.size(), contents.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ZipMember& member = members[i];
    const std::string data = zip.substr(member.data_offset, member.compressed_size);
    EXPECT_EQ(member.deflated ? tests::inflate_raw(data) : data, contents[i]) << member.name;
    EXPECT_EQ(member.size, contents[i].size()) << member.name;
  }
}

TEST(ReadZip, GivesMembersInOrderOfTheirLocalHeaders) {
  ZipBuilder zip;
  zip.add("z.py", "zed");
  zip.add(entry_of("a/", "", [](ZipEntry& e) { e.method = 0, e.mode = 0040755; }));
  zip.add(entry_of("a/run", "#!/bin/sh", [](ZipEntry& e) { e.method = 0, e.mode = 0100755; }));
  zip.add("é.txt", "");
  zip.central_order({3, 1, 0, 2});
  const std::string bytes = zip.bytes();
  const std::vector<ZipMember> members = read(bytes);
  ASSERT_EQ(members.size(), 4U);
  EXPECT_EQ(members[0].name, "z.py");
  EXPECT_TRUE(members[0].deflated);
  EXPECT_FALSE(members[0].executable());
  EXPECT_TRUE(members[1].is_directory);
  EXPECT_EQ(members[2].name, "a/run");
  EXPECT_FALSE(members[2].deflated);
  EXPECT_TRUE(members[2].executable());
  EXPECT_EQ(members[2].unix_mode, 0100755U);
  EXPECT_EQ(members[3].name, "é.txt");
  expect_contents(bytes, {"zed", "", "#!/bin/sh", ""});
}

TEST(ReadZip, TakesAnEmptyZip) { EXPECT_TRUE(read(ZipBuilder().bytes()).empty()); }

// Python writes it on Windows, and pip and uv go by it.
TEST(ReadZip, GivesTheModeOfAMakerThatIsNoUnix) {
  ZipBuilder zip;
  zip.add(entry_of("a", "a", [](ZipEntry& e) {
    e.mode = 0100755;
    e.central = [](ZipHeader& header) { header.made_by = 20; };
  }));
  EXPECT_EQ(read(zip.bytes()).at(0).unix_mode, 0100755U);
  EXPECT_TRUE(read(zip.bytes()).at(0).executable());
}

TEST(ReadZip, TakesWhatWritersDo) {
  const std::function<void(ZipEntry&)> variants[] = {
      [](ZipEntry& e) { e.data_descriptor = true; },
      [](ZipEntry& e) { e.data_descriptor = true, e.descriptor_signature = false; },
      [](ZipEntry& e) { e.data_descriptor = true, e.zip64 = true; },
      [](ZipEntry& e) { e.data_descriptor = true, e.zip64 = true, e.descriptor_signature = false; },
      [](ZipEntry& e) { e.data_descriptor = true, e.method = 0; },
      [](ZipEntry& e) { e.zip64 = true; },
      [](ZipEntry& e) { e.zip64 = true, e.central = [](ZipHeader& h) { h.zip64 = false; }; },
      [](ZipEntry& e) { e.gap = "bytes that belong to no member"; },
      [](ZipEntry& e) {
        e.local = [](ZipHeader& h) { h.extra = std::string("\xca\xfe\x02\0xy", 6); };
      },
      [](ZipEntry& e) { e.central = [](ZipHeader& h) { h.comment = "a comment"; }; },
      [](ZipEntry& e) {
        e.local = [](ZipHeader& h) { h.flags |= 2, h.version_needed = 45, h.time = 7; };
      },
      // The zip64 field holds what the header says, too.
      [](ZipEntry& e) {
        e.local = [](ZipHeader& h) {
          util::put_u32(h.extra, 1 | 16 << 16);
          util::put_u64(h.extra, h.size);
          util::put_u64(h.extra, h.compressed_size);
        };
      },
  };
  int number = 0;
  for (const auto& variant : variants) {
    SCOPED_TRACE(number++);
    ZipBuilder zip;
    zip.add("first", "1").add(entry_of("odd", "oddity oddity oddity", variant)).add("last", "3");
    zip.comment("PK, a comment");
    expect_contents(zip.bytes(), {"1", "oddity oddity oddity", "3"});
  }
}

TEST(ReadZip, TakesBytesBeforeTheFirstMember) {
  for (bool shifted : {true, false}) {
    for (bool zip64 : {true, false}) {
      ZipBuilder zip;
      zip.add("a", "text of a").add("b", "text of b").prefix("#!/usr/bin/env python3\n", shifted);
      if (zip64) {
        zip.zip64_end();
      }
      expect_contents(zip.bytes(), {"text of a", "text of b"});
    }
  }
}

TEST(ReadZip, ReadsHeadersThatLieTogetherAtOnce) {
  ZipBuilder zip;
  for (int i = 0; i < 20'000; ++i) {
    zip.add(fmt::format("package/module_{}.py", i), fmt::format("value = {}\n", i));
  }
  std::string bytes = zip.bytes();
  const std::uint64_t size = bytes.size();
  CountedFile file(std::move(bytes));
  EXPECT_EQ(read_zip(file).size(), 20'000U);
  EXPECT_LE(file.reads, 40U);
  EXPECT_LE(file.bytes, size + size / 4);
}

TEST(ReadZip, ReadsLittleOfLargeMembers) {
  ZipBuilder zip;
  for (int i = 0; i < 20; ++i) {
    zip.add(entry_of(
        fmt::format("lib{}.so", i), std::string(1 << 20, 'x'), [](ZipEntry& e) { e.method = 0; }));
  }
  CountedFile file(zip.bytes());
  EXPECT_EQ(read_zip(file).size(), 20U);
  EXPECT_LE(file.reads, 60U);
  EXPECT_LE(file.bytes, 200'000U);
}

struct Refusal {
  const char* what;  // the message has this
  ErrorKind kind;
  std::function<void(ZipBuilder&)> make;
};

void expect_refused(const std::string& bytes, const std::string& what, ErrorKind kind) {
  try {
    read(bytes);
    ADD_FAILURE() << "taken: " << what;
  } catch (const util::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(what));
    EXPECT_EQ(error.kind(), kind) << error.what();
  }
}

// A zip of a good member and one that was changed.
std::function<void(ZipBuilder&)> with(const std::function<void(ZipEntry&)>& change) {
  return [change](ZipBuilder& zip) {
    zip.add("good", "good").add(entry_of("odd", "an odd member of a zip", change));
  };
}
std::function<void(ZipBuilder&)> named(const std::string& name) {
  return [name](ZipBuilder& zip) { zip.add("good", "good").add(entry_of(name, "")); };
}
std::function<void(ZipBuilder&)> local(const std::function<void(ZipHeader&)>& change) {
  return with([change](ZipEntry& e) { e.local = change; });
}
std::function<void(ZipBuilder&)> central(const std::function<void(ZipHeader&)>& change) {
  return with([change](ZipEntry& e) { e.central = change; });
}
std::function<void(ZipBuilder&)> both(const std::function<void(ZipHeader&)>& change) {
  return with([change](ZipEntry& e) { e.local = e.central = change; });
}
std::function<void(ZipBuilder&)> end(const std::function<void(ZipEnd&)>& change) {
  return [change](ZipBuilder& zip) { zip.add("good", "good").end(change); };
}
std::function<void(ZipBuilder&)> end64(const std::function<void(ZipEnd&)>& change) {
  return [change](ZipBuilder& zip) { zip.add("good", "good").zip64_end().end(change); };
}

void expect_all_refused(const std::vector<Refusal>& cases) {
  int number = 0;
  for (const Refusal& each : cases) {
    SCOPED_TRACE(number++);
    ZipBuilder zip;
    each.make(zip);
    expect_refused(zip.bytes(), each.what, each.kind);
  }
}

TEST(ReadZip, RefusesALocalHeaderThatDiffers) {
  constexpr auto kBad = ErrorKind::malformed;
  expect_all_refused({
      {"member 'odd' at 40: another name in the local header", kBad, local([](ZipHeader& h) {
         h.name = "0dd";
       })},
      {"another name in the local header", kBad, local([](ZipHeader& h) { h.name = "od"; })},
      {"method is 0 in the local header, 8", kBad, local([](ZipHeader& h) { h.method = 0; })},
      {"crc-32 is", kBad, local([](ZipHeader& h) { ++h.crc32; })},
      {"crc-32 is 0 in", kBad, local([](ZipHeader& h) { h.crc32 = 0; })},
      {"compressed size is", kBad, local([](ZipHeader& h) { ++h.compressed_size; })},
      {"size is", kBad, local([](ZipHeader& h) { ++h.size; })},
      {"size is 0 in", kBad, local([](ZipHeader& h) { h.size = 0; })},
      {"flags is", kBad, local([](ZipHeader& h) { h.flags ^= 8; })},
      {"flags is", kBad, local([](ZipHeader& h) { h.flags ^= 0x800; })},
      {"flags is", kBad, local([](ZipHeader& h) { h.flags |= 1; })},
      {"no local header", kBad, central([](ZipHeader& h) { h.offset += 1; })},
      {"overlap", kBad, central([](ZipHeader& h) { h.offset -= 1; })},
      {"overlap what begins at 0", kBad, central([](ZipHeader& h) { h.offset = 0; })},
      {"behind the central directory", kBad, central([](ZipHeader& h) { h.offset = 1 << 30; })},
  });
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): it loses track inside std::function
}

TEST(ReadZip, RefusesADescriptorThatDiffers) {
  const auto descriptor = [](const std::function<void(ZipHeader&)>& change) {
    return with([change](ZipEntry& e) { e.data_descriptor = true, e.descriptor = change; });
  };
  constexpr auto kBad = ErrorKind::malformed;
  expect_all_refused({
      {"no data descriptor at", kBad, descriptor([](ZipHeader& h) { ++h.crc32; })},
      {"no data descriptor at", kBad, descriptor([](ZipHeader& h) { ++h.size; })},
      {"no data descriptor at", kBad, descriptor([](ZipHeader& h) { --h.compressed_size; })},
      {"no data descriptor at", kBad, descriptor([](ZipHeader& h) { h.zip64 = true; })},
      {"no data descriptor at", kBad, both([](ZipHeader& h) { h.flags |= 8; })},
      {"crc-32 is 7 in the local header", kBad, with([](ZipEntry& e) {
         e.data_descriptor = true, e.local = [](ZipHeader& h) { h.crc32 = 7; };
       })},
  });
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): it loses track inside std::function
}

TEST(ReadZip, RefusesUnsafeNames) {
  constexpr auto kUnsafe = ErrorKind::refused;
  expect_all_refused({
      {"member '/etc/passwd' at 40: absolute path", kUnsafe, named("/etc/passwd")},
      {"component '..'", kUnsafe, named("../up")},
      {"component '..'", kUnsafe, named("a/../../up")},
      {"component '..'", kUnsafe, named("a/..")},
      {"component '..'", kUnsafe, named("../")},
      {"component '.'", kUnsafe, named("./a")},
      {"component ''", kUnsafe, named("a//b")},
      {"component ''", kUnsafe, named("a//")},
      {"absolute path", kUnsafe, named("/")},
      {"empty name", kUnsafe, named("")},
      {"backslash", kUnsafe, named("a\\b")},
      {"backslash", kUnsafe, named("..\\up")},
      {"drive", kUnsafe, named("C:/windows")},
      {"drive", kUnsafe, named("c:up")},
      {"NUL", kUnsafe, named(std::string("a\0.py", 5))},
      {"control character", kUnsafe, named("a\nb")},
      {"control character", kUnsafe, named("a\x7f")},
      {"not seen", kUnsafe, named("a\xc2\x85")},          // next line
      {"not seen", kUnsafe, named("a\xe2\x80\x8d")},      // zero width joiner
      {"not seen", kUnsafe, named("a\xe2\x80\xaeyp.b")},  // right to left
      {"not seen", kUnsafe, named("\xf3\xa0\x80\x81")},   // a tag
      {"symbolic link", kUnsafe, with([](ZipEntry& e) { e.mode = 0120777; })},
      {"symbolic link", kUnsafe, with([](ZipEntry& e) {
         e.mode = 0120777, e.central = [](ZipHeader& h) { h.made_by = 20; };
       })},
      {"neither file nor directory", kUnsafe, with([](ZipEntry& e) { e.mode = 0010644; })},
      {"neither file nor directory", kUnsafe, with([](ZipEntry& e) { e.mode = 0020644; })},
  });
  constexpr auto kBad = ErrorKind::malformed;
  expect_all_refused({
      {"name is not valid UTF-8", kBad, named("a\xff")},
      {"name is not valid UTF-8", kBad, named("\xc0\xaf")},
      {"name is not valid UTF-8", kBad, named("\xed\xa0\x80")},
      {"not marked as UTF-8", kBad, both([](ZipHeader& h) { h.name = "é", h.flags = 0; })},
      {"mode of a directory, name of a file", kBad, with([](ZipEntry& e) { e.mode = 0040755; })},
      {"directory with 22 bytes", kBad, with([](ZipEntry& e) { e.name = "odd/"; })},
  });
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): it loses track inside std::function
}

TEST(ReadZip, RefusesTwoMembersOfOnePath) {
  const auto two = [](const std::string& a, const std::string& b) {
    return [a, b](ZipBuilder& zip) {
      zip.add("x", "").add(entry_of(a, "")).add("y", "").add(entry_of(b, ""));
    };
  };
  constexpr auto kBad = ErrorKind::malformed;
  expect_all_refused({
      {"the same path as the member at 33", kBad, two("a", "a")},
      {"the same path as the member at", kBad, two("a/", "a/")},
      {"the same path as the member at", kBad, two("a", "a/")},
      {"the same path as the member at", kBad, two("a/", "a")},
      {"member 'a/b' at 99: lies below 'a', which is a file", kBad, two("a", "a/b")},
      {"lies below 'a/b', which is a file", kBad, two("a/b/c/d", "a/b")},
  });
  // Others sort between a file and what lies below it.
  ZipBuilder zip;
  zip.add("a", "").add("a-b", "").add("a.py", "").add("a/b", "");
  expect_refused(zip.bytes(), "lies below 'a'", kBad);
  EXPECT_EQ(
      read(ZipBuilder().add("a/b", "").add("a-b", "").add("a.py", "").add("ab", "").bytes()).size(),
      4U);
  EXPECT_EQ(read(ZipBuilder().add("A", "").add("a", "").bytes()).size(), 2U);
}

TEST(ReadZip, RefusesMembersThatOverlap) {
  // Two central entries of one local header, under one name each that agrees.
  ZipBuilder quine;
  const std::string inner = ZipBuilder().add("inner", "inner text").bytes();
  quine.add(entry_of("outer", inner, [](ZipEntry& e) { e.method = 0; }));
  const std::uint64_t inner_at = 30 + 5;
  quine.add(entry_of("inner", "inner text", [&](ZipEntry& e) {
    e.central = [&](ZipHeader& h) { h.offset = inner_at; };
  }));
  expect_refused(quine.bytes(), "overlap", ErrorKind::malformed);

  expect_all_refused({
      {"overlap", ErrorKind::malformed, with([](ZipEntry& e) {
         e.method = 0;
         e.local = e.central = [](ZipHeader& h) { h.size = h.compressed_size = 4000; };
       })},
  });
}

TEST(ReadZip, RefusesAMemberThatTheDirectoryDoesNotHave) {
  const std::string hidden = ZipBuilder().add("hidden", "hidden text").bytes();
  expect_all_refused({
      {"local header at 35 that the central directory does not have",
       ErrorKind::malformed,
       [&](ZipBuilder& zip) {
         zip.add("one", "").add(entry_of("two", "", [&](ZipEntry& e) { e.gap = hidden; }));
         zip.central_order({0, 1});
       }},
      {"local header at 0 that",
       ErrorKind::malformed,
       [&](ZipBuilder& zip) { zip.prefix(hidden).add("one", ""); }},
      {"that the central directory does not have",
       ErrorKind::malformed,
       [&](ZipBuilder& zip) { zip.add("one", "").add("two", "").central_order({0}); }},
      {"that the central directory does not have",
       ErrorKind::malformed,
       [&](ZipBuilder& zip) { zip.add("one", "").add("two", "").central_order({1}); }},
  });
}

TEST(ReadZip, RefusesWhatItCannotRead) {
  constexpr auto kNo = ErrorKind::unsupported;
  expect_all_refused({
      {"member 'odd' at 40: encrypted", kNo, both([](ZipHeader& h) { h.flags |= 1; })},
      {"encrypted", kNo, both([](ZipHeader& h) { h.flags |= 0x40; })},
      {"encrypted", kNo, both([](ZipHeader& h) { h.flags |= 0x2000; })},
      {"patch data", kNo, both([](ZipHeader& h) { h.flags |= 0x20; })},
      {"compression method 93", kNo, with([](ZipEntry& e) { e.method = 93; })},
      {"compression method 9", kNo, with([](ZipEntry& e) { e.method = 9; })},
      {"compression method 99", kNo, with([](ZipEntry& e) { e.method = 99; })},
      {"several disks", kNo, central([](ZipHeader& h) { h.disk = 1; })},
      {"several disks", kNo, end([](ZipEnd& e) { e.disk = 1; })},
      {"several disks", kNo, end([](ZipEnd& e) { e.directory_disk = 1; })},
      {"several disks", kNo, end([](ZipEnd& e) { e.entries_on_disk = 0; })},
      {"several disks", kNo, end64([](ZipEnd& e) { e.disks = 2; })},
      {"several disks", kNo, end64([](ZipEnd& e) { e.disk = 1; })},
  });
}

TEST(ReadZip, RefusesSizesThatCannotBe) {
  constexpr auto kBad = ErrorKind::malformed;
  const auto sized = [](std::uint64_t size) {
    return both([size](ZipHeader& h) { h.size = size; });
  };
  expect_all_refused({
      {"more than deflate can", kBad, sized(100'000)},
      {"more than deflate can", kBad, both([](ZipHeader& h) {
         h.size = std::uint64_t{1} << 62, h.zip64 = true;
       })},
      {"stored, with 7 bytes in 22", kBad, with([](ZipEntry& e) {
         e.method = 0, e.local = e.central = [](ZipHeader& h) { h.size = 7; };
       })},
      {"overlap", kBad, both([](ZipHeader& h) {
         h.compressed_size = ~std::uint64_t{0}, h.zip64 = true;
       })},
  });
  // As much as deflate can is taken.
  std::string zeros;
  zeros.resize(20'000'000);
  EXPECT_EQ(read(ZipBuilder().add("zeros", zeros).bytes()).at(0).size, zeros.size());
}

TEST(ReadZip, RefusesAnEndThatReadersSeeDifferently) {
  constexpr auto kBad = ErrorKind::malformed;
  const std::string empty_end = ZipBuilder().bytes();
  expect_all_refused({
      {"inside the comment of another",
       kBad,
       [&](ZipBuilder& zip) { zip.add("a", "").comment(empty_end); }},
      {"inside the comment of another",
       kBad,
       [&](ZipBuilder& zip) { zip.add("a", "").comment("PK\5\6"); }},
      {"inside the comment of another",
       kBad,
       [&](ZipBuilder& zip) { zip.add("a", "").comment("xx" + empty_end + "trailing"); }},
      {"no end record whose comment ends",
       kBad,
       [](ZipBuilder& zip) { zip.add("a", "").trailing("x"); }},
      {"no end record whose comment ends",
       kBad,
       [](ZipBuilder& zip) { zip.add("a", "").trailing(std::string(9, '\0')); }},
      {"no end record",
       kBad,
       [](ZipBuilder& zip) { zip.add("a", "").trailing(std::string(70'000, 'x')); }},
      {"does not end before its end record", kBad, end([](ZipEnd& e) { e.directory_offset += 1; })},
      {"does not end before its end record", kBad, end([](ZipEnd& e) { e.directory_size += 1; })},
      {"two central directories", kBad, end([](ZipEnd& e) { e.directory_size -= 1; })},
      {"no central header at 44", kBad, end([](ZipEnd& e) {
         e.directory_size = 46, e.directory_offset += 4;
       })},
      {"2 entries in a central directory of 50", kBad, end([](ZipEnd& e) {
         e.entries = e.entries_on_disk = 2;
       })},
      {"50 bytes left in the central directory", kBad, end([](ZipEnd& e) {
         e.entries = e.entries_on_disk = 0;
       })},
      {"two central directories",
       kBad,
       [](ZipBuilder& zip) {
         std::string inner = ZipBuilder().add("other", "").bytes();
         zip.add("a", "").before_directory(inner.substr(35 + 2)).end([](ZipEnd& e) {
           e.directory_offset = 33;
         });
       }},
  });
}

TEST(ReadZip, RefusesZip64ThatContradictsItself) {
  constexpr auto kBad = ErrorKind::malformed;
  expect_all_refused({
      {"zip64 locator points to", kBad, end64([](ZipEnd& e) { e.zip64_record_offset -= 1; })},
      {"does not end before its end record", kBad, end64([](ZipEnd& e) {
         e.directory_offset = ~std::uint64_t{0};
       })},
      {"does not end before its end record", kBad, end64([](ZipEnd& e) {
         e.directory_size = ~std::uint64_t{0};
       })},
      {"entries in a central directory", kBad, end64([](ZipEnd& e) {
         e.entries = e.entries_on_disk = 1ULL << 60;
       })},
      {"left to a zip64 field that is not there", kBad, both([](ZipHeader& h) {
         h.size = 0xffffffff;
       })},
      {"left to a zip64 field that is not there", kBad, central([](ZipHeader& h) {
         h.offset = 0xffffffff;
       })},
      {"left to a zip64 field that is not there", kBad, central([](ZipHeader& h) {
         h.disk = 0xffff;
       })},
      {"zip64 field of 9 bytes", kBad, both([](ZipHeader& h) {
         h.extra = std::string("\1\0\x09\0", 4) + std::string(9, '\0');
       })},
      {"zip64 field says 5, the header 22", kBad, local([](ZipHeader& h) {
         util::put_u32(h.extra, 1 | 16 << 16);
         util::put_u64(h.extra, 5);
         util::put_u64(h.extra, h.compressed_size);
       })},
      {"two zip64 fields", kBad, both([](ZipHeader& h) {
         h.zip64 = true;
         h.extra = std::string("\1\0\0\0", 4);
       })},
      {"extra field 0xcafe of 200 bytes", kBad, both([](ZipHeader& h) {
         h.extra = std::string("\xfe\xca\xc8\0abc", 7);
       })},
      {"another name in the Unicode path field", kBad, both([](ZipHeader& h) {
         h.extra = std::string("\x75\x70\x08\0\1\0\0\0\0abc", 12);
       })},
  });
  // The end record contradicts the zip64 end record.
  ZipBuilder zip;
  std::string bytes = zip.add("a", "").zip64_end().bytes();
  bytes[bytes.size() - 22 + 10] = 7;
  bytes[bytes.size() - 22 + 11] = 0;
  expect_refused(bytes, "differ in entries: 7 and 1", kBad);
}

TEST(ReadZip, RefusesLengthsThatReachTooFar) {
  // "good" and its content: local header at 0, data at 34, central header at 40.
  const struct {
    std::size_t at;
    const char* what;
  } cases[] = {
      {26, "member 'good' at 0: zip: wanted 65314 bytes"},
      {28, "member 'good' at 0: zip: wanted 65314 bytes"},
      {40 + 28, "central header at 40 reaches past the directory's end at 90"},
      {40 + 30, "reaches past the directory's end"},
      {40 + 32, "reaches past the directory's end"},
  };
  for (const auto& [at, what] : cases) {
    std::string bytes = ZipBuilder().add("good", "good").bytes();
    bytes[at + 1] = '\xff';
    expect_refused(bytes, what, ErrorKind::malformed);
  }
}

TEST(ReadZip, RefusesEveryTruncation) {
  const std::string bytes =
      ZipBuilder().add("a", "text").add("b/c", "more text").comment("comment").bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(read(bytes.substr(0, size)), util::Error) << size;
  }
}

// Whether it is taken; then all members lie within it.
bool taken_within(const std::string& bytes) {
  try {
    for (const ZipMember& member : read(bytes)) {
      EXPECT_LE(member.data_offset + member.compressed_size, bytes.size());
    }
    return true;
  } catch (const util::Error& error) {
    EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
    return false;
  }
}

TEST(ReadZip, NeverReadsOutsideWhateverOneByteSays) {
  ZipBuilder zip;
  zip.add("a", "text").add(entry_of("b", "more", [](ZipEntry& e) { e.data_descriptor = true; }));
  zip.add(entry_of("c", "text", [](ZipEntry& e) { e.zip64 = true; })).zip64_end();
  const std::string good = zip.bytes();
  std::size_t taken = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int value : {0, 1, 0x7f, 0x80, 0xff}) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(value);
      taken += taken_within(bytes) ? 1U : 0U;
    }
  }
  EXPECT_GT(taken, 50U);  // dates and other bytes that say nothing
}

}  // namespace
}  // namespace cartwheel::archive
