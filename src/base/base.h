#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/platform.h"
#include "facts/base_facts.h"
#include "lock/base_lock.h"
#include "net/http.h"
#include "oci/image.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::base {

// A CPython as an archive in python-build-standalone's `install_only` layout: everything in it lies
// below python/.
struct PythonArchive {
  std::string location;  // URL, or a path that is meant from the definition's folder
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::optional<std::uint64_t> size;  // bytes; a hint: the hash decides
};

// images/*.toml: a base as data.
struct Definition {
  std::string name;
  std::filesystem::path folder;     // of its file; "/" for a built-in one
  std::string text_digest;          // SHA-256 of its text, and of the one that it builds on
  std::string suite;                // "bookworm"
  std::vector<std::string> suites;  // with -updates and -security, each with its archive below
  std::map<std::string, std::string> archives;   // suite → archive URL
  std::map<std::string, std::string> snapshots;  // suite → URL of its past states, with "{date}"
  std::vector<std::string> components;           // "main"
  std::vector<std::string> packages;             // roots, in the definition's order
  std::vector<std::string> omit;                 // dependencies that only scripts need
  std::vector<std::string> omit_here;            // and these, of `packages` alone
  std::map<std::string, std::string> prefer;     // virtual name → package
  std::vector<std::string> exclude;              // path globs left out of the image
  std::vector<std::string> keys;  // primary fingerprints of which one must have signed
  std::string keyring;            // file that gpgv(1) reads; absolute
  bool check_valid_until = true;  // whether a Release past its Valid-Until is refused
  std::string python, glibc;      // "3.11", "2.36": what is expected before anything is pinned
  std::string libstdcxx;          // the same, largest GLIBCXX: "3.4.30", or ""
  std::string python_release;     // "3.11.2": expected until a pin tells it; or ""
  std::string python_path;        // "/usr/bin/python3.11"; with python "" for a base without one
  std::map<std::string, PythonArchive> python_archives;  // "amd64", "arm64" → where Python is from
  std::vector<std::string> python_exclude;  // globs of an archive's paths below python/ left out
};

// The text of a definition; base: its name. Paths in it are meant from `folder`. `on` names a
// built-in definition, of which everything holds that this one does not say. Throws
// Error{malformed} "NAME:LINE: …".
Definition parse_definition(const std::string& base,
                            const std::string& text,
                            const std::filesystem::path& folder);

// By name from the built-in images/, or "./file.toml" from the project folder. Throws Error{usage}
// with the nearest name.
Definition find_definition(const std::string& base, const std::filesystem::path& project);
std::vector<std::string> definition_names();

bool is_definition_file(const std::string& base);  // "./…", "../…", "/…"
bool is_image_reference(const std::string& base);  // "oci:…", "oci-archive:…", "docker-archive:…"

// A base as a command line names it, its path relative to where the user is: as the settings and
// cartwheel.lock name it, relative to the project folder. Absolute paths and names stay.
std::string seen_from_project(const std::string& base, const std::filesystem::path& project);

struct Context {
  net::Http& http;
  store::Store& store;
  util::Progress& progress;
  std::filesystem::path project;
  std::size_t threads = 2;
  bool offline = false;
  bool verify_memo = false;  // layers are made again, and held against the memo
};

// Facts without any pin, for plan: from the definition (composed), or from the layout's config
// (image; reads local files only).
facts::BaseFacts expected_facts(const std::string& base,
                                const core::Platform& platform,
                                const std::filesystem::path& project);

// Composed: Release fetched, signature checked, Packages read, closure taken. Image: digests and
// facts read from it. Throws Error{network}, Error{integrity} for a bad signature or hash,
// Error{refused} for packages that cannot be had together.
lock::BasePin pin(const std::string& base, const core::Platform& platform, const Context& context);

// The base's image: layers in the store (made from the pinned packages, each checked by SHA-256;
// memoised by the pins), config with env, user table, os-release … as the pin says. `created` is
// the newest Release's date.
oci::Image compose(const lock::BasePin& pin,
                   const std::string& base,
                   core::Compression compression,
                   const Context& context);

}  // namespace cartwheel::base
