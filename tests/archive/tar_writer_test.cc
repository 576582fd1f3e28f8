#include "archive/tar_writer.h"

#include <clocale>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/read_archive.h"
#include "util/error.h"

namespace cartwheel::archive {
namespace {

using testing::HasSubstr;

std::string field(const std::string& header, std::size_t offset, std::size_t size) {
  return header.substr(offset, size);
}
// A field up to its first NUL.
std::string text(const std::string& header, std::size_t offset, std::size_t size) {
  const std::string whole = field(header, offset, size);
  return whole.substr(0, whole.find('\0'));
}
std::string own_block(const std::string& header) { return header.substr(header.size() - 512); }

void expect_checksum(const std::string& block) {
  std::string blank = block;
  blank.replace(148, 8, "        ");
  const unsigned sum = std::accumulate(blank.begin(), blank.end(), 0U, [](unsigned total, char c) {
    return total + static_cast<unsigned char>(c);
  });
  char wanted[9];
  std::snprintf(wanted, sizeof wanted, "%06o%c ", sum, '\0');
  EXPECT_EQ(field(block, 148, 8), std::string(wanted, 8));
}

TEST(TarHeader, HasTheBytesOfTheTable) {
  const std::string header =
      tar_header({.path = "bin/tool", .mode = 04755, .uid = 33, .gid = 1000, .size = 1234});
  ASSERT_EQ(header.size(), 512U);
  using namespace std::string_literals;
  EXPECT_EQ(field(header, 0, 100), "bin/tool"s + std::string(92, '\0'));
  EXPECT_EQ(field(header, 100, 8), "0004755\0"s);
  EXPECT_EQ(field(header, 108, 8), "0000041\0"s);
  EXPECT_EQ(field(header, 116, 8), "0001750\0"s);
  EXPECT_EQ(field(header, 124, 12), "00000002322\0"s);
  EXPECT_EQ(field(header, 136, 12), "02263773600\0"s);
  expect_checksum(header);
  EXPECT_EQ(field(header, 156, 1), "0");
  EXPECT_EQ(field(header, 157, 100), std::string(100, '\0'));
  EXPECT_EQ(field(header, 257, 8), "ustar\00000"s);
  EXPECT_EQ(field(header, 265, 64), std::string(64, '\0'));
  EXPECT_EQ(field(header, 329, 16), "0000000\0000000000\0"s);
  EXPECT_EQ(field(header, 345, 167), std::string(167, '\0'));
}

TEST(TarHeader, TellsKindsApart) {
  const std::string directory =
      tar_header({.path = "a/b", .kind = EntryKind::directory, .mode = 0755});
  EXPECT_EQ(text(directory, 0, 100), "a/b/");
  EXPECT_EQ(directory[156], '5');
  EXPECT_EQ(text(directory, 124, 12), "00000000000");
  const std::string link =
      tar_header({.path = "a/l", .kind = EntryKind::symlink, .mode = 0777, .target = "../b"});
  EXPECT_EQ(link[156], '2');
  EXPECT_EQ(text(link, 157, 100), "../b");
  EXPECT_EQ(text(link, 124, 12), "00000000000");
}

std::string letters(std::size_t count, char letter = 'n') { return std::string(count, letter); }

TEST(TarHeader, SplitsLongPathsAtTheLeftmostPlace) {
  const struct {
    std::string path, prefix, name;
    EntryKind kind = EntryKind::file;
  } cases[] = {
      {letters(100), "", letters(100)},
      {"a/" + letters(98), "", "a/" + letters(98)},
      {"a/" + letters(99), "a", letters(99)},
      {"a/" + letters(100), "a", letters(100)},
      {"a/b/" + letters(97), "a", "b/" + letters(97)},
      {"a/b/" + letters(98), "a", "b/" + letters(98)},
      {"a/b/" + letters(99), "a/b", letters(99)},
      {letters(155, 'p') + "/" + letters(100), letters(155, 'p'), letters(100)},
      {letters(155, 'p') + "/x/" + letters(98), letters(155, 'p'), "x/" + letters(98)},
      // A directory's '/' is a part of its name, and no place to split.
      {letters(99), "", letters(99) + "/", EntryKind::directory},
      {"a/" + letters(99), "a", letters(99) + "/", EntryKind::directory},
  };
  for (const auto& each : cases) {
    const std::string header = tar_header({.path = each.path, .kind = each.kind});
    ASSERT_EQ(header.size(), 512U) << each.path;
    EXPECT_EQ(text(header, 345, 155), each.prefix);
    EXPECT_EQ(text(header, 0, 100), each.name);
    expect_checksum(header);
  }
}

struct Pax {
  TarEntry entry;
  std::string records;
  std::string name, link, size;  // of the entry's own block
};

TEST(TarHeader, PutsIntoPaxWhatDoesNotFit) {
  const std::string unsplit = letters(101);
  const std::string deep = letters(156, 'p') + "/" + letters(10);
  const Pax cases[] = {
      {{.path = unsplit}, "111 path=" + unsplit + "\n", letters(100), "", "00000000000"},
      {{.path = letters(100), .kind = EntryKind::directory},
       "111 path=" + letters(100) + "/\n",
       letters(99) + "/",
       "",
       "00000000000"},
      {{.path = deep}, "177 path=" + deep + "\n", deep.substr(67), "", "00000000000"},
      {{.path = "a/" + letters(101), .size = 5},
       "113 path=a/" + letters(101) + "\n",
       letters(100),
       "",
       "00000000005"},
      {{.path = "é.py"}, "14 path=é.py\n", "__.py", "", "00000000000"},
      // No record has 100 bytes: LEN counts its own digits.
      {{.path = "é" + letters(88)},
       "99 path=é" + letters(88) + "\n",
       "__" + letters(88),
       "",
       "00000000000"},
      {{.path = "é" + letters(89)},
       "101 path=é" + letters(89) + "\n",
       "__" + letters(89),
       "",
       "00000000000"},
      {{.path = "l", .kind = EntryKind::symlink, .target = letters(101, 't')},
       "115 linkpath=" + letters(101, 't') + "\n",
       "l",
       letters(100, 't'),
       "00000000000"},
      {{.path = "ü", .kind = EntryKind::symlink, .target = "ö"},
       "15 linkpath=ö\n11 path=ü\n",
       "__",
       "__",
       "00000000000"},
      {{.path = "big", .size = 8'589'934'592}, "19 size=8589934592\n", "big", "", "00000000000"},
      {{.path = "é", .size = 1ULL << 40},
       "11 path=é\n22 size=1099511627776\n",
       "__",
       "",
       "00000000000"},
  };
  for (const Pax& each : cases) {
    const std::string header = tar_header(each.entry);
    ASSERT_EQ(header.size(), 1536U) << each.entry.path;
    const std::string pax = header.substr(0, 512);
    EXPECT_EQ(text(pax, 0, 100), "././@PaxHeader");
    EXPECT_EQ(text(pax, 100, 8), "0000644");
    EXPECT_EQ(text(pax, 136, 12), "02263773600");
    EXPECT_EQ(pax[156], 'x');
    EXPECT_EQ(std::stoul(text(pax, 124, 12), nullptr, 8), each.records.size());
    expect_checksum(pax);
    EXPECT_EQ(field(header, 512, 512), each.records + std::string(512 - each.records.size(), '\0'));
    const std::string own = own_block(header);
    EXPECT_EQ(text(own, 0, 100), each.name);
    EXPECT_EQ(text(own, 345, 155), "");
    EXPECT_EQ(text(own, 157, 100), each.link);
    EXPECT_EQ(text(own, 124, 12), each.size);
    expect_checksum(own);
  }
}

TEST(TarHeader, KeepsInUstarWhatJustFits) {
  EXPECT_EQ(tar_header({.path = "f", .size = 8'589'934'591}).size(), 512U);
  EXPECT_EQ(tar_header({.path = "l", .kind = EntryKind::symlink, .target = letters(100)}).size(),
            512U);
}

TEST(TarHeader, IsReadBackByLibarchiveInAnyLocale) {
  const TarEntry entries[] = {
      {.path = "d", .kind = EntryKind::directory, .mode = 01777},
      {.path = "d/" + letters(150, 'x') + "/" + letters(100),
       .mode = 0755,
       .uid = 1,
       .gid = 2,
       .size = 3},
      {.path = "d/" + letters(200, 'x') + "/" + letters(200), .size = 3},
      {.path = "d/日本語/" + letters(120), .size = 3},
      {.path = "d/ä", .kind = EntryKind::symlink, .mode = 0777, .target = "日本語/" + letters(130)},
      {.path = letters(120) + "/ö", .kind = EntryKind::directory, .mode = 0755},
  };
  std::string tar;
  for (const TarEntry& entry : entries) {
    tar += tar_header(entry);
    tar += entry.size > 0 ? "abc" + std::string(509, '\0') : "";
  }
  tar.append(kTarEnd, '\0');
  for (const char* locale : {"C", "C.UTF-8"}) {
    ASSERT_NE(std::setlocale(LC_ALL, locale), nullptr);
    std::size_t seen = 0;
    util::StringSource source(tar);
    read_tar(source, "tar", [&](const ReadEntry& entry, util::Source& content) {
      const TarEntry& wanted = entries[seen++];
      EXPECT_EQ(entry.path, wanted.path);
      EXPECT_EQ(entry.target, wanted.target);
      EXPECT_EQ(entry.mode, wanted.mode);
      EXPECT_EQ(entry.uid, wanted.uid);
      EXPECT_EQ(entry.gid, wanted.gid);
      EXPECT_EQ(util::read_all(content, 100, "content"), wanted.size > 0 ? "abc" : "");
    });
    EXPECT_EQ(seen, std::size(entries));
  }
  std::setlocale(LC_ALL, "C");
}

TEST(CheckEntry, RefusesWhatNoLayerMayHold) {
  const std::pair<TarEntry, const char*> cases[] = {
      {{.path = ""}, "is empty"},
      {{.path = "/a"}, "is absolute"},
      {{.path = "a/"}, "component ''"},
      {{.path = "a//b"}, "component ''"},
      {{.path = "."}, "component '.'"},
      {{.path = "a/./b"}, "component '.'"},
      {{.path = "../a"}, "component '..'"},
      {{.path = "a/.."}, "component '..'"},
      {{.path = std::string("a\0b", 3)}, "path 'a\\x00b' has a NUL"},
      {{.path = "a\xff"}, "path 'a\\xff' is not valid UTF-8"},
      {{.path = letters(256)}, "component longer than 255"},
      {{.path =
            [] {
              std::string path;
              while (path.size() < 4096) {
                path += "abcdefg/";
              }
              return path + "x";
            }()},
       "longer than 4095"},
      {{.path = "l", .kind = EntryKind::symlink}, "target of 0 bytes"},
      {{.path = "l", .kind = EntryKind::symlink, .target = letters(4096)}, "target of 4096 bytes"},
      {{.path = "l", .kind = EntryKind::symlink, .target = std::string("\0", 1)},
       "target with a NUL"},
      {{.path = "f", .target = "x"}, "has a target but is no symlink"},
      {{.path = "f", .size = (1ULL << 40) + 1}, "more than 1099511627776"},
      {{.path = "d", .kind = EntryKind::directory, .size = 1}, "has a size but is no file"},
      {{.path = "f", .mode = 010000}, "mode 10000"},
      {{.path = "f", .uid = 010000000}, "owner 2097152:0"},
  };
  for (const auto& [entry, what] : cases) {
    try {
      check_entry(entry);
      ADD_FAILURE() << "taken: " << what;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::refused);
      EXPECT_THAT(error.what(), HasSubstr(what));
    }
    EXPECT_THROW(tar_header(entry), util::Error);
  }
}

TEST(CheckEntry, TakesOrdinaryOddNames) {
  for (const char* path :
       {"...", "..a", "a..", " ", "a b/c\\d", "-", "日本", "a:b", ".hidden/.x"}) {
    EXPECT_NO_THROW(check_entry({.path = path})) << path;
  }
}

TEST(TarPadding, FillsTheBlock) {
  EXPECT_EQ(tar_padding(0), 0U);
  EXPECT_EQ(tar_padding(1), 511U);
  EXPECT_EQ(tar_padding(512), 0U);
  EXPECT_EQ(tar_padding(513), 511U);
}

}  // namespace
}  // namespace cartwheel::archive
