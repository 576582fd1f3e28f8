#include "base/signing_key.h"

#include <stdexcept>

#include "util/subprocess.h"
#include "util/text.h"

namespace cartwheel::tests {

SigningKey::SigningKey() {
  gpg({"--quick-generate-key", "Archive of a test <test@example.org>", "ed25519", "sign", "never"});
  const std::string keys = gpg({"--list-keys", "--with-colons"});
  for (std::string_view line : util::lines(keys)) {
    if (line.starts_with("fpr:")) {
      fingerprint_ = util::split(line, ':').at(9);
    }
  }
  util::write_file(folder_.path() / "keys.gpg", gpg({"--export"}), 0600);
}

SigningKey::~SigningKey() {
  util::run({.command = {"gpgconf", "--homedir", folder_.path().string(), "--kill", "gpg-agent"}});
}

std::string SigningKey::clear_signed(const std::string& text) const {
  return gpg({"--clearsign", "--output", "-", "-"}, text);
}

std::string SigningKey::keyring() const { return (folder_.path() / "keys.gpg").string(); }

std::string SigningKey::gpg(const std::vector<std::string>& arguments,
                            const std::string& input) const {
  util::Subprocess subprocess{.command = {"gpg",
                                          "--homedir",
                                          folder_.path().string(),
                                          "--batch",
                                          "--quiet",
                                          "--pinentry-mode",
                                          "loopback",
                                          "--passphrase",
                                          ""},
                              .input = input};
  subprocess.command.insert(subprocess.command.end(), arguments.begin(), arguments.end());
  util::SubprocessResult result = util::run(subprocess);
  if (result.status != 0) {
    throw std::runtime_error("gpg: " + result.error);
  }
  return result.output;
}

}  // namespace cartwheel::tests
