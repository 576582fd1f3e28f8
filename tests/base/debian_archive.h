#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/base.h"
#include "base/signing_key.h"
#include "support/deb_builder.h"
#include "support/loopback_server.h"

namespace cartwheel::tests {

// Packages that are as much of a Debian with Python 3.11 as Cartwheel needs to compose a base.
std::vector<DebBuilder> least_debian(const std::string& architecture = "amd64");

// A Debian archive on loopback with one suite, "bookworm", signed by a key of its own.
class DebianArchive {
 public:
  explicit DebianArchive(std::vector<DebBuilder> packages) : packages_(std::move(packages)) {}

  // Of the Release, for publish().
  std::string codename = "bookworm";
  std::string valid_until = "";  // the field's value; "" leaves it out
  bool by_hash = true;

  // Serves Packages, InRelease and all packages, as they are now.
  void publish();
  // Serves other bytes at a package's place, its hashes left as they were published.
  void spoil(const std::string& package);
  void serve_release(const std::string& in_release) { server_.serve(kRelease, in_release); }

  base::Definition definition() const;
  // The definition as TOML text.
  std::string definition_text() const;
  std::string release_text() const;
  std::vector<DebBuilder>& packages() { return packages_; }
  const SigningKey& key() const { return key_; }
  test::LoopbackServer& server() { return server_; }

 private:
  static constexpr const char* kRelease = "/debian/dists/bookworm/InRelease";
  std::string packages_text() const;

  test::LoopbackServer server_;
  SigningKey key_;
  std::vector<DebBuilder> packages_;
};

}  // namespace cartwheel::tests
