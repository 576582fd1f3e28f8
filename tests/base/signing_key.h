#pragma once

#include <string>

#include "util/file.h"

namespace cartwheel::tests {

// A key made by gpg(1) for this test alone, in a folder that goes with it.
class SigningKey {
 public:
  SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  const std::string& fingerprint() const { return fingerprint_; }  // 40 upper-case hex digits
  std::string clear_signed(const std::string& text) const;         // as InRelease is
  std::string keyring() const;                                     // a file that gpgv(1) reads

 private:
  std::string gpg(const std::vector<std::string>& arguments, const std::string& input = "") const;

  util::TempDir folder_;
  std::string fingerprint_;
};

}  // namespace cartwheel::tests
