#include "debian/release.h"

#include <charconv>

#include <fmt/format.h>

#include "debian/date.h"
#include "debian/deb822.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const std::string_view word : util::split(util::trim(line), ' ')) {
    if (!word.empty()) {
      words.push_back(word);
    }
  }
  return words;
}

void read_files(std::string_view value, const std::string& place, Release& release) {
  for (const std::string_view line : util::lines(value)) {
    const std::vector<std::string_view> words = words_of(line);
    if (words.empty()) {
      continue;
    }
    Release::File file;
    const auto digest = core::Digest::from_hex(words[0]);
    const char* const end = words.size() == 3 ? words[1].data() + words[1].size() : nullptr;
    if (words.size() != 3 || !digest ||
        std::from_chars(words[1].data(), end, file.size).ptr != end) {
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: SHA256: wanted 'HASH SIZE PATH', found '{}'", place, line));
    }
    file.sha256 = *digest;
    release.files.emplace(words[2], file);
  }
}

}  // namespace

Release parse_release(std::string_view text, const std::string& place) {
  const std::vector<Paragraph> paragraphs = parse_paragraphs(text, place);
  if (paragraphs.size() != 1) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: wanted one paragraph, found {}", place, paragraphs.size()));
  }
  const Paragraph& fields = paragraphs.front();
  Release release;
  release.suite = fields.get("Suite");
  release.codename = fields.get("Codename");
  const auto date = fields.find("Date");
  const auto files = fields.find("SHA256");
  if (!date || !files) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: has no field '{}'", place, date ? "SHA256" : "Date"));
  }
  release.date = parse_date(*date, place + ": Date");
  if (const auto until = fields.find("Valid-Until")) {
    release.valid_until = parse_date(*until, place + ": Valid-Until");
  }
  release.acquire_by_hash = util::lower(fields.get("Acquire-By-Hash")) == "yes";
  read_files(*files, place, release);
  return release;
}

}  // namespace cartwheel::debian
