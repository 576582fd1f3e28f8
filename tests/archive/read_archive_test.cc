#include "archive/read_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/tar_writer.h"
#include "util/error.h"

namespace cartwheel::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A tar of one file, compressed by libarchive's filter of this name ("" for none).
std::string small_tar(const std::string& filter, const std::string& name = "./usr/bin/tool") {
  std::string out(1 << 20, '\0');
  std::size_t used = 0;
  ::archive* writer = archive_write_new();
  archive_write_set_format_gnutar(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  if (!filter.empty()) {
    EXPECT_EQ(archive_write_add_filter_by_name(writer, filter.c_str()), ARCHIVE_OK) << filter;
  }
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, name.c_str());
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 04755);
  archive_entry_set_uid(entry, 5);
  archive_entry_set_gid(entry, 6);
  archive_entry_set_size(entry, 4);
  archive_write_header(writer, entry);
  archive_write_data(writer, "text", 4);
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

std::vector<std::string> list(const std::string& tar) {
  std::vector<std::string> seen;
  util::StringSource source(tar);
  read_tar(source, "place", [&](const ReadEntry& entry, util::Source& content) {
    seen.push_back(entry.path + "=" + util::read_all(content, 1 << 20, entry.path));
  });
  return seen;
}

TEST(ReadTar, TakesEveryCompression) {
  for (const char* filter : {"", "gzip", "xz", "bzip2", "zstd", "lzma", "lz4"}) {
    EXPECT_THAT(list(small_tar(filter)), ElementsAre("usr/bin/tool=text")) << filter;
  }
}

TEST(Decompress, GivesWhatIsInAndAPlainFileAsItIs) {
  const std::string plain = small_tar("");
  for (const char* filter : {"", "gzip", "xz", "zstd"}) {
    util::StringSource source(small_tar(filter));
    std::string out;
    util::StringSink sink(out);
    decompress(source, "place", sink);
    EXPECT_EQ(out, plain) << filter;
  }
}

TEST(Decompress, NothingIsNothingAndWhatIsCutIsMalformed) {
  std::string out;
  util::StringSink sink(out);
  util::StringSource nothing{""};
  decompress(nothing, "place", sink);
  EXPECT_EQ(out, "");
  const std::string whole = small_tar("xz");
  util::StringSource cut(whole.substr(0, whole.size() - 20));
  EXPECT_THROW(decompress(cut, "place", sink), util::Error);
}

TEST(ReadTar, NamesAreNotLostInTheLocaleC) {
  for (const char* name : {"usr/F\xc5\x91tan.crt", "usr/\xe2\x82\xac/\xf0\x9f\x98\x80"}) {
    // as dpkg writes them: bytes in the header, no pax
    std::string tar = small_tar("", std::string("./") + std::string(std::string(name).size(), 'x'));
    const std::size_t at = tar.find("xxxx");
    tar.replace(at, std::string(name).size(), name);
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) {
      const bool is_checksum = i >= 148 && i < 156;
      sum += is_checksum ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(tar[i]);
    }
    tar.replace(148, 6, fmt::format("{:06o}", sum));
    EXPECT_THAT(list(tar), ElementsAre(std::string(name) + "=text"));
  }
}

TEST(ReadTar, GivesModeAndOwner) {
  util::StringSource source(small_tar(""));
  int seen = 0;
  read_tar(source, "place", [&](const ReadEntry& entry, util::Source&) {
    ++seen;
    EXPECT_EQ(entry.kind, ReadEntry::Kind::file);
    EXPECT_EQ(entry.mode, 04755U);
    EXPECT_EQ(entry.uid, 5U);
    EXPECT_EQ(entry.gid, 6U);
    EXPECT_EQ(entry.size, 4U);
  });
  EXPECT_EQ(seen, 1);
}

TEST(ReadTar, NormalisesPathsAndNothingElse) {
  const std::pair<const char*, const char*> cases[] = {
      {"./a/b", "a/b"},
      {"/a", "a"},
      {"a/", "a"},
      {".//a//", "a"},
      {"./", ""},
      {".", ""},
      {"../a", "../a"},
      {".a", ".a"},
  };
  for (const auto& [written, read] : cases) {
    std::string header = tar_header({.path = "x"});
    header.replace(
        0, 8, std::string(written) + std::string(8 - std::string_view(written).size(), '\0'));
    header.replace(148, 8, "        ");
    unsigned sum = 0;
    for (char c : header) {
      sum += static_cast<unsigned char>(c);
    }
    char digits[9];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    header.replace(148, 7, std::string(digits, 7));
    EXPECT_THAT(list(header + std::string(kTarEnd, '\0')), ElementsAre(std::string(read) + "="))
        << written;
  }
}

TEST(ReadTar, TellsLinksApart) {
  std::string tar =
      tar_header({.path = "s", .kind = EntryKind::symlink, .mode = 0777, .target = "./up/"});
  std::string hard =
      tar_header({.path = "h", .kind = EntryKind::symlink, .mode = 0644, .target = "./dir/x"});
  hard[156] = '1';
  const std::string sum = [&] {
    std::string blank = hard;
    blank.replace(148, 8, "        ");
    unsigned total = 0;
    for (char c : blank) {
      total += static_cast<unsigned char>(c);
    }
    char digits[9];
    std::snprintf(digits, sizeof digits, "%06o", total);
    return std::string(digits, 7);
  }();
  hard.replace(148, 7, sum);
  tar += hard + std::string(kTarEnd, '\0');
  std::vector<std::string> seen;
  util::StringSource source(tar);
  read_tar(source, "place", [&](const ReadEntry& entry, util::Source&) {
    seen.push_back(std::to_string(static_cast<int>(entry.kind)) + entry.target);
  });
  EXPECT_THAT(seen, ElementsAre("2./up/", "3dir/x"));
}

TEST(ReadTar, TakesContentThatNobodyReads) {
  const std::string tar = tar_header({.path = "a", .size = 1000}) + std::string(1024, 'a') +
                          tar_header({.path = "b", .size = 1}) + "b" + std::string(511, '\0') +
                          std::string(kTarEnd, '\0');
  std::vector<std::string> seen;
  util::StringSource source(tar);
  read_tar(
      source, "place", [&](const ReadEntry& entry, util::Source&) { seen.push_back(entry.path); });
  EXPECT_THAT(seen, ElementsAre("a", "b"));
}

class Failing : public util::Source {
 public:
  std::size_t read(util::MutableBytes) override {
    throw util::Error(util::ErrorKind::io, "the disk is gone");
  }
};

TEST(ReadTar, PassesOnWhatTheSourceThrows) {
  Failing source;
  try {
    read_tar(source, "place", [](const ReadEntry&, util::Source&) {});
    ADD_FAILURE();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::io);
    EXPECT_STREQ(error.what(), "the disk is gone");
  }
}

TEST(ReadTar, PassesOnWhatTheCallerThrows) {
  util::StringSource source(small_tar("gzip"));
  const auto refuse = [](const ReadEntry&, util::Source&) {
    throw util::Error(util::ErrorKind::refused, "no");
  };
  EXPECT_THROW(read_tar(source, "place", refuse), util::Error);
}

void expect_malformed(const std::string& bytes, bool deb) {
  util::StringSource source(bytes);
  const auto drain = [](const ReadEntry&, util::Source& content) {
    util::read_all(content, 1 << 20, "entry");
  };
  try {
    if (deb) {
      read_deb(source, "place", drain, drain);
    } else {
      read_tar(source, "place", drain);
    }
    ADD_FAILURE() << "taken";
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::malformed) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("place: "));
  }
}

TEST(ReadTar, RefusesWhatIsNoTar) {
  expect_malformed("this is no tar at all, only some text", false);
  expect_malformed(std::string(4096, 'x'), false);
  const std::string gzip = small_tar("gzip");
  expect_malformed(gzip.substr(0, gzip.size() - 12), false);
  std::string wrong = small_tar("");
  wrong[0] ^= 1;  // the checksum
  expect_malformed(wrong, false);
  expect_malformed(tar_header({.path = "a", .size = 4000}) + "short", false);
}

std::string ar(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out = "!<arch>\n";
  for (const auto& [name, content] : members) {
    char header[61];
    std::snprintf(header,
                  sizeof header,
                  "%-16s%-12d%-6d%-6d%-8s%-10zu`\n",
                  name.c_str(),
                  0,
                  0,
                  0,
                  "100644",
                  content.size());
    out += header + content + (content.size() % 2 != 0 ? "\n" : "");
  }
  return out;
}

std::vector<std::string> list_deb(const std::string& deb) {
  std::vector<std::string> seen;
  const auto note = [&](const std::string& part) {
    return [&seen, part](const ReadEntry& entry, util::Source& content) {
      seen.push_back(part + " " + entry.path + "=" + util::read_all(content, 100, part));
    };
  };
  util::StringSource source(deb);
  read_deb(source, "place", note("control"), note("data"));
  return seen;
}

TEST(ReadDeb, GivesControlAndData) {
  for (const std::string compression : {"", "gzip", "xz", "zstd"}) {
    const std::string control = small_tar(compression, "./control");
    for (const std::string slash : {"", "/"}) {
      const std::string deb = ar({{"debian-binary" + slash, "2.0\n"},
                                  {"control.tar.x" + slash, control},
                                  {"data.tar.x" + slash, small_tar(compression)},
                                  {"_extra", "x"}});
      EXPECT_THAT(list_deb(deb), ElementsAre("control control=text", "data usr/bin/tool=text"))
          << compression;
    }
  }
}

TEST(ReadDeb, RefusesWhatIsNoPackage) {
  const std::string tar = small_tar("xz");
  const std::pair<std::string, std::string> version = {"debian-binary", "2.0\n"};
  const std::pair<std::string, std::string> control = {"control.tar.xz", tar};
  const std::pair<std::string, std::string> data = {"data.tar.xz", tar};
  expect_malformed("", true);
  expect_malformed("no ar", true);
  expect_malformed(ar({}), true);
  expect_malformed(ar({control, data}), true);
  expect_malformed(ar({{"debian-binary", "3.0\n"}, control, data}), true);
  expect_malformed(ar({version, data}), true);
  expect_malformed(ar({version, control}), true);
  expect_malformed(ar({version, data, control}), true);
  expect_malformed(ar({version, control, data, data}), true);
  expect_malformed(ar({version, {"other", "x"}, control, data}), true);
  expect_malformed(ar({version, control, {"data.tar.xz", "no xz"}}), true);
  const std::string good = ar({version, control, data});
  expect_malformed(good.substr(0, good.size() - 40), true);
}

}  // namespace
}  // namespace cartwheel::archive
