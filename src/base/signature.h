#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::base {

// The text that a clear-signed file (InRelease) signs, once a signature by one of these keys
// (primary fingerprints, 40 upper-case hex digits) was found good by gpgv(1), else sqv(1). What
// stands outside of the signed text is dropped: nobody may read the file itself. Throws
// Error{integrity} for a bad signature and for none by these keys, Error{not_found} when the
// keyring or both programs are missing.
std::string signed_text(std::string_view clear_signed,
                        const std::string& keyring,
                        const std::vector<std::string>& keys,
                        const std::string& place);

// Which of these keys have a good signature, by the lines that gpgv writes with --status-fd. A
// signature by a key that is not in the keyring counts for nothing; one that does not fit its text
// (BADSIG) makes the whole worthless: Error{integrity}.
std::vector<std::string> good_signers(std::string_view status,
                                      const std::vector<std::string>& keys,
                                      const std::string& place);

// A clear-signed text (RFC 9580 section 7) taken apart, for programs that want text and signature
// as two files. Throws Error{malformed} unless the file is exactly one signed text, without
// anything before or after it.
struct ClearSigned {
  std::string text;       // dash-escapes undone, lines ended by '\n', the last one too
  std::string signature;  // armoured
};
ClearSigned split_clear_signed(std::string_view file, const std::string& place);

}  // namespace cartwheel::base
