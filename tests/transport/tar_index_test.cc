#include "transport/tar_index.h"

#include "archive/tar_writer.h"
#include "sample.h"

namespace cartwheel::transport {
namespace {

using util::ErrorKind;

std::string header(const std::string& path,
                   char type,
                   const std::string& size_field,
                   const std::string& link = "") {
  std::string out = archive::tar_header({"x", archive::EntryKind::file, 0644, 0, 0, 0, ""});
  out.replace(0, 100, std::string(100, '\0'));
  out.replace(0, path.size(), path);
  out.replace(124, 12, size_field + std::string(12 - size_field.size(), '\0'));
  out[156] = type;
  out.replace(157, link.size(), link);
  out.replace(148, 8, "        ");
  unsigned sum = 0;
  for (char byte : out) {
    sum += static_cast<unsigned char>(byte);
  }
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%06o", sum);
  out.replace(148, 7, digits.data(), 7);
  return out;
}

std::string block(std::string text) {
  text.resize((text.size() + 511) / 512 * 512, '\0');
  return text;
}

const std::string kEnd(1024, '\0');

std::string find(const std::string& tar, const std::string& path) {
  util::StringRandomAccess file(tar);
  std::optional<TarIndex::Member> member = TarIndex(file).find(path);
  return member ? tar.substr(member->offset, member->size) : "none";
}

TEST(TarIndex, FindsFilesUnderTheirLongNames) {
  std::string long_name = std::string(120, 'n') + "/" + std::string(120, 'm');
  std::string pax = "30 mtime=1234567890.123456789\n17 path=pax/name\n";
  const std::pair<std::string, std::string> rows[] = {
      {header("a/b", '0', "00000000003") + block("abc") + kEnd, "a/b"},
      {header("./a", '0', "3") + block("abc") + kEnd, "a"},
      {header("/a", '\0', "       3") + block("abc") + kEnd, "a"},
      {header("a", '0', std::string("\x80\0\0\0\0\0\0\0\0\0\0\x03", 12)) + block("abc") + kEnd,
       "a"},
      {header("p", 'x', "57") + block(pax) + header("short", '0', "3") + block("abc") + kEnd,
       "pax/name"},
      {header("g", 'g', "57") + block(pax) + header("short", '0', "3") + block("abc") + kEnd,
       "short"},
      {header("././@LongLink", 'L', "362") + block(long_name + std::string(1, '\0')) +
           header("short", '0', "3") + block("abc") + kEnd,
       long_name},
      {header("p", 'x', "12") + block("10 size=3\n") + header("a", '0', "777") + block("abc") +
           kEnd,
       "a"},
      {header("a", '0', "3") + block("abc"), "a"},
      {header("a", '0', "3") + block("abc") + header("l", '1', "0", "./a") + kEnd, "l"},
      {header("d/a", '0', "3") + block("abc") + header("e/l", '2', "0", "../d/a") + kEnd, "e/l"},
      {header("d", '5', "0") + header("a", '0', "3") + block("abc") + kEnd, "a"},
  };
  for (const auto& [tar, path] : rows) {
    EXPECT_EQ(find(tar, path), "abc") << path;
  }
}

TEST(TarIndex, FindsNothingElse) {
  std::string tar = header("d", '5', "0") + header("a", '0', "3") + block("abc") +
                    header("l", '2', "0", "l") + header("m", '2', "0", "../../etc/passwd") + kEnd +
                    header("behind", '0', "0");
  for (const char* path : {"d", "b", "", "l", "m", "behind"}) {
    EXPECT_EQ(find(tar, path), "none") << path;
  }
  EXPECT_EQ(find("", "a"), "none");
}

TEST(TarIndex, RefusesBrokenTars) {
  std::string good = header("a", '0', "3") + block("abc");
  std::string wrong_sum = good;
  wrong_sum[0] = 'b';
  const std::tuple<std::string, ErrorKind, const char*> rows[] = {
      {good.substr(0, 500), ErrorKind::malformed, "ends within"},
      {good + "x", ErrorKind::malformed, "byte 1024: the file ends"},
      {wrong_sum, ErrorKind::malformed, "checksum"},
      {header("a", '0', "2000") + block("abc"),
       ErrorKind::malformed,
       "wanted 1024 bytes behind it, found 512"},
      {header("a", '0', "9"), ErrorKind::malformed, "octal"},
      {header("a", '0', "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
       ErrorKind::malformed,
       "too large"},
      {good + good, ErrorKind::malformed, "'a' is there twice"},
      {header("a", 'S', "3") + block("abc"), ErrorKind::unsupported, "type 'S'"},
      {header("p", 'x', "4") + block("9 a=b\n") + good, ErrorKind::malformed, "pax"},
      {header("p", 'x', "5") + block("1 a\n") + good, ErrorKind::malformed, "pax"},
      {header("p", 'x', "12") + block("10 size=x\n") + good, ErrorKind::malformed, "pax size"},
      {header("p", 'x', "26") + block("22 GNU.sparse.major=1\n") + good,
       ErrorKind::unsupported,
       "sparse"},
      {header("p", 'L', "20000000") + std::string(5 << 20, 'x') + good,
       ErrorKind::malformed,
       "a name of"},
      {"\x1f\x8b" + good, ErrorKind::unsupported, "compressed"},
  };
  for (const auto& [tar, kind, message] : rows) {
    expect_error(kind, message, [&tar = tar] { find(tar, "a"); });
  }
}

}  // namespace
}  // namespace cartwheel::transport
