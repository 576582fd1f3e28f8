#include "base/signature.h"

#include <algorithm>

#include <fmt/format.h>

#include "util/error.h"
#include "util/file.h"
#include "util/subprocess.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::string_view kStatus = "[GNUPG:] ";
constexpr std::string_view kBeginText = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view kBeginSignature = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view kEndSignature = "-----END PGP SIGNATURE-----";

bool is_one_of(std::string_view word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Error no_signer(const std::string& place, const std::vector<std::string>& keys) {
  return {
      ErrorKind::integrity,
      fmt::format("{}: no good signature by one of the {} keys that the base's definition names",
                  place,
                  keys.size())};
}

std::string by_gpgv(std::string_view file,
                    const std::string& keyring,
                    const std::vector<std::string>& keys,
                    const std::string& place) {
  const util::TempDir folder;
  const std::string input = (folder.path() / "InRelease").string();
  const std::string output = (folder.path() / "Release").string();
  util::write_file(input, file, 0600);
  // The exit status tells nothing: it is 2 when one of several signers is not in the keyring.
  const util::SubprocessResult result = util::run({.command = {"gpgv",
                                                               "--homedir",
                                                               folder.path().string(),
                                                               "--keyring",
                                                               keyring,
                                                               "--status-fd",
                                                               "1",
                                                               "--output",
                                                               output,
                                                               input},
                                                   .environment = {{"LC_ALL", "C"}}});
  if (good_signers(result.output, keys, place).empty()) {
    throw no_signer(place, keys);
  }
  std::optional<std::string> text = util::read_file_if_present(output);
  if (!text || text->empty()) {
    throw Error(ErrorKind::integrity, fmt::format("{}: gpgv gave no signed text", place));
  }
  return *text;
}

std::string by_sqv(std::string_view file,
                   const std::string& keyring,
                   const std::vector<std::string>& keys,
                   const std::string& place) {
  const ClearSigned parts = split_clear_signed(file, place);
  const util::TempDir folder;
  const std::string text = (folder.path() / "Release").string();
  const std::string signature = (folder.path() / "Release.sig").string();
  // The line end before the signature is not signed (RFC 9580 section 7.2).
  util::write_file(text, std::string_view(parts.text).substr(0, parts.text.size() - 1), 0600);
  util::write_file(signature, parts.signature, 0600);
  const util::SubprocessResult result =
      util::run({.command = {"sqv", "--keyring", keyring, signature, text}});
  // sqv prints the fingerprint of each certificate that has a good signature.
  for (const std::string_view line : util::lines(result.output)) {
    if (result.status == 0 && is_one_of(util::trim(line), keys)) {
      return parts.text;
    }
  }
  throw no_signer(place, keys);
}

}  // namespace

std::vector<std::string> good_signers(std::string_view status,
                                      const std::vector<std::string>& keys,
                                      const std::string& place) {
  std::vector<std::string> signers;
  for (std::string_view line : util::lines(status)) {
    if (!line.starts_with(kStatus)) {
      continue;
    }
    line.remove_prefix(kStatus.size());
    const std::vector<std::string_view> words = util::split(util::trim(line), ' ');
    if (words.front() == "BADSIG") {
      throw Error(
          ErrorKind::integrity,
          fmt::format("{}: bad signature: the text was changed after it was signed", place));
    }
    // VALIDSIG FINGERPRINT … PRIMARY-FINGERPRINT
    if (words.front() == "VALIDSIG" && words.size() > 2 && is_one_of(words.back(), keys)) {
      signers.emplace_back(words.back());
    }
  }
  return signers;
}

ClearSigned split_clear_signed(std::string_view file, const std::string& place) {
  const auto wrong = [&](std::string_view what) {
    return Error(ErrorKind::malformed, fmt::format("{}: {}", place, what));
  };
  const std::vector<std::string_view> lines = util::lines(file);
  std::size_t at = 0;
  if (lines.empty() || lines[0] != kBeginText) {
    throw wrong("does not begin with a signed text");
  }
  while (++at < lines.size() && !lines[at].empty()) {
    if (!lines[at].starts_with("Hash: ")) {
      throw wrong("has another header than 'Hash' before the signed text");
    }
  }
  ClearSigned parts;
  while (++at < lines.size() && lines[at] != kBeginSignature) {
    std::string_view line = lines[at];
    if (line.starts_with("- ")) {
      line.remove_prefix(2);
    } else if (line.starts_with('-')) {
      throw wrong("has a line that begins with '-' and is not escaped");
    }
    while (line.ends_with(' ') || line.ends_with('\t')) {
      line.remove_suffix(1);  // white space at the end of a line is not signed
    }
    parts.text += line;
    parts.text += '\n';
  }
  const std::size_t signature = at;
  while (at < lines.size() && lines[at] != kEndSignature) {
    ++at;
  }
  if (parts.text.empty() || at + 1 != lines.size()) {
    throw wrong("is not one signed text with its signature at the end");
  }
  for (std::size_t i = signature; i < lines.size(); ++i) {
    parts.signature += lines[i];
    parts.signature += '\n';
  }
  return parts;
}

std::string signed_text(std::string_view clear_signed,
                        const std::string& keyring,
                        const std::vector<std::string>& keys,
                        const std::string& place) {
  if (!std::filesystem::exists(keyring)) {
    throw Error(
        ErrorKind::not_found,
        fmt::format(
            "keyring '{}' is not there: it is wanted to check the signature of {} (Debian has it "
            "in the package debian-archive-keyring)",
            keyring,
            place));
  }
  if (util::is_program("gpgv")) {
    return by_gpgv(clear_signed, keyring, keys, place);
  }
  if (util::is_program("sqv")) {
    return by_sqv(clear_signed, keyring, keys, place);
  }
  throw Error(
      ErrorKind::not_found,
      fmt::format("neither gpgv nor sqv is there: one is wanted to check the signature of {}",
                  place));
}

}  // namespace cartwheel::base
