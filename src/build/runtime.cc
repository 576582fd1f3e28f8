#include "build/runtime.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/base.h"
#include "base/certificates.h"
#include "plan/caches.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::build {

namespace {

using facts::BaseFacts;
using util::Error;
using util::ErrorKind;

// Group root and its members may do what the owner may, and what they make belongs to that group
// again: OpenShift runs a process as a user nobody knows, in the group root.
constexpr unsigned kShared = 02775;

// Where Debian's and its kin's update-ca-certificates looks for a site's own: an image that is made
// on top of this one keeps them.
constexpr const char* kSiteCertificates = "usr/local/share/ca-certificates";

// What programs read that do not go by the system's bundle of their own accord: OpenSSL (and so
// Python's ssl, httpx, uv), requests, curl's library bindings, boto3, grpc.
constexpr std::array<const char*, 5> kBundleVariables{"SSL_CERT_FILE",
                                                      "REQUESTS_CA_BUNDLE",
                                                      "CURL_CA_BUNDLE",
                                                      "AWS_CA_BUNDLE",
                                                      "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"};

std::string relative(const std::string& path) {
  std::string out = path.substr(path.find_first_not_of('/'));
  while (out.ends_with('/')) {
    out.pop_back();
  }
  return out;
}

// Anybody may make a folder there. One that is in the image is worse than none: runc copies it into
// the tmpfs that is mounted over it, and then only root may write to it.
bool is_temporary(const std::string& path) {
  return path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
}

using Folders = std::map<std::string, BaseFacts::Parent>;

void put(Folders& folders, const std::string& path, unsigned mode, unsigned uid) {
  folders[relative(path)] = {.path = relative(path), .mode = mode, .uid = uid, .gid = 0};
}

// Cache and writable folders, whose owner is uid.
void put_settings_folders(Folders& folders, const settings::Settings& settings, unsigned uid) {
  if (!is_temporary(settings.cache)) {
    put(folders, settings.cache, kShared, uid);
  }
  for (const std::string& path : settings.writable) {
    put(folders, path, kShared, uid);
  }
}

// Where the process starts is there, even if nothing lies in it.
void put_workdir(Folders& folders, const settings::Settings& settings, const lock::BasePin& pin) {
  if (settings.workdir == "/") {
    return;
  }
  const std::string path = relative(settings.workdir);
  const auto known = std::ranges::find(pin.facts.parents, path, &BaseFacts::Parent::path);
  folders.emplace(path,
                  known != pin.facts.parents.end() ? *known : BaseFacts::Parent{.path = path});
}

// The base's own folders above these.
void put_ancestors(Folders& folders, const std::vector<BaseFacts::Parent>& parents) {
  const Folders below = folders;
  for (const BaseFacts::Parent& parent : parents) {
    const auto next = below.lower_bound(parent.path + "/");
    if (next != below.end() && next->first.starts_with(parent.path + "/")) {
      folders.emplace(parent.path, parent);
    }
  }
}

std::vector<BaseFacts::Parent> values(const Folders& folders) {
  std::vector<BaseFacts::Parent> out;
  out.reserve(folders.size());
  for (const auto& [path, folder] : folders) {
    out.push_back(folder);
  }
  return out;
}

void add_certificates(const std::vector<std::string>& certificates,
                      const base::BaseFiles& files,
                      const std::string& base_name,
                      Runtime& runtime) {
  if (files.bundle_path.empty()) {
    throw Error(ErrorKind::refused,
                fmt::format("ca-certificates: base '{}' has no bundle of certificates to add to: "
                            "choose a base with the package ca-certificates",
                            base_name));
  }
  runtime.bundle = files.bundle_path;
  runtime.files.push_back(
      layer::text_entry(files.bundle_file, base::with_certificates(files.bundle, certificates)));
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    runtime.files.push_back(layer::text_entry(
        fmt::format("{}/cartwheel-{:02}.crt", kSiteCertificates, i + 1), certificates[i]));
  }
}

bool is_default_user(const settings::Settings& settings, const lock::BasePin& pin) {
  return pin.kind == "composed" && settings.user == base::default_account().name;
}

}  // namespace

Runtime make_runtime(const settings::Settings& settings,
                     const lock::BasePin& pin,
                     const oci::Image& below,
                     const std::vector<std::string>& certificates,
                     store::Store& store) {
  Runtime runtime;
  base::BaseFiles files;
  if (!is_default_user(settings, pin) || !certificates.empty()) {
    files = base::read_base_files(below, fmt::format("base '{}'", pin.name), store);
  }
  if (is_default_user(settings, pin)) {
    runtime.account = base::default_account();
  } else {
    base::UserTables tables = files.tables;
    runtime.account = base::account_for(settings.user, tables);
    if (tables != files.tables) {
      runtime.files.push_back(layer::text_entry("etc/passwd", tables.passwd));
      runtime.files.push_back(layer::text_entry("etc/group", tables.group));
    }
  }
  if (!certificates.empty()) {
    add_certificates(certificates, files, pin.name, runtime);
  }
  Folders folders;
  if (runtime.account.uid != 0) {
    put(folders, runtime.account.home, kShared, runtime.account.uid);
  }
  put_settings_folders(folders, settings, runtime.account.uid);
  put_workdir(folders, settings, pin);
  put_ancestors(folders, pin.facts.parents);
  runtime.folders = values(folders);
  return runtime;
}

std::vector<plan::Finding> runtime_findings(const settings::Settings& settings, bool lacks_shell) {
  std::vector<plan::Finding> out;
  const std::string user = settings.user.substr(0, settings.user.find(':'));
  if (user == "0" || user == "root") {
    out.push_back({.code = "runs-as-root",
                   .severity = plan::Severity::warning,
                   .message = fmt::format("user '{}': the process runs as root", settings.user),
                   .remedy =
                       "drop the user setting (nonroot), and name under writable what it must "
                       "write to"});
  }
  const bool wants_shell = settings.healthcheck && !settings.healthcheck->shell.empty();
  if (wants_shell && lacks_shell) {
    out.push_back({.code = "healthcheck-shell",
                   .severity = plan::Severity::warning,
                   .message = fmt::format("healthcheck '{}' is a line for /bin/sh, which base '{}' "
                                          "does not have",
                                          settings.healthcheck->shell,
                                          settings.base),
                   .remedy = "give it as a list: a program and its arguments; or add the package "
                             "'dash' to apt"});
  }
  return out;
}

std::vector<BaseFacts::Parent> layer_parents(const settings::Settings& settings,
                                             const lock::BasePin& pin) {
  Folders folders;
  const base::Account nonroot = base::default_account();
  const std::size_t colon = settings.user.find(':');
  const bool is_nonroot = settings.user == nonroot.name;
  const unsigned uid = base::is_numeric_user(settings.user)
                           ? static_cast<unsigned>(std::stoul(settings.user.substr(0, colon)))
                           : nonroot.uid;
  if (is_nonroot) {
    put(folders, nonroot.home, kShared, nonroot.uid);
  }
  put_settings_folders(folders, settings, uid);
  for (const BaseFacts::Parent& parent : pin.facts.parents) {
    folders.emplace(parent.path, parent);
  }
  return values(folders);
}

std::vector<BaseFacts::Parent> layer_parents(const Runtime& runtime, const lock::BasePin& pin) {
  Folders folders;
  for (const std::vector<BaseFacts::Parent>* known : {&runtime.folders, &pin.facts.parents}) {
    for (const BaseFacts::Parent& folder : *known) {
      folders.emplace(folder.path, folder);
    }
  }
  return values(folders);
}

std::vector<std::string> company_certificates(const settings::Settings& settings,
                                              const std::filesystem::path& project) {
  constexpr std::uint64_t kLimit = std::uint64_t{16} << 20;
  std::vector<std::string> out;
  for (const std::string& path : settings.ca_certificates) {
    util::in_context("ca-certificates", [&] {
      const std::string text = util::read_file(project / path, kLimit);
      for (std::string& certificate : base::read_certificates(text, path)) {
        if (std::ranges::find(out, certificate) == out.end()) {
          out.push_back(std::move(certificate));
        }
      }
    });
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> runtime_environment(
    const Runtime& runtime, const plan::Plan& plan, const settings::Settings& settings) {
  std::map<std::string, std::string> out;
  for (auto& [name, value] : plan::cache_variables(plan, settings.cache)) {
    out.emplace(std::move(name), std::move(value));
  }
  out["HOME"] = runtime.account.home;
  out["USER"] = runtime.account.name;
  for (const char* name : kBundleVariables) {
    if (!runtime.bundle.empty()) {
      out[name] = runtime.bundle;
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace cartwheel::build
