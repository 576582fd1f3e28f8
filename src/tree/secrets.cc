#include "tree/secrets.h"

#include <algorithm>
#include <array>
#include <string>

#include "util/text.h"

namespace cartwheel::tree {

namespace {

// In small letters. Names, and how names begin and end.
constexpr auto kNames = std::to_array<std::string_view>({".boto",
                                                         ".dockercfg",
                                                         ".dockerconfigjson",
                                                         ".env",
                                                         ".envrc",
                                                         ".git-credentials",
                                                         ".htpasswd",
                                                         ".my.cnf",
                                                         ".netrc",
                                                         ".npmrc",
                                                         ".pgpass",
                                                         ".pypirc",
                                                         ".s3cfg",
                                                         "_netrc",
                                                         "application_default_credentials.json",
                                                         "credentials.json",
                                                         "kubeconfig",
                                                         "pip.conf",
                                                         "secrets.json",
                                                         "secrets.toml",
                                                         "secrets.yaml",
                                                         "secrets.yml"});
constexpr auto kEnds = std::to_array<std::string_view>({".env",
                                                        ".jks",
                                                        ".kdbx",
                                                        ".key",
                                                        ".keystore",
                                                        ".kubeconfig",
                                                        ".p12",
                                                        ".p8",
                                                        ".pem",
                                                        ".pfx",
                                                        ".ppk",
                                                        ".tfstate",
                                                        ".tfstate.backup"});
constexpr auto kBeginnings = std::to_array<std::string_view>({".env.",
                                                              ".vault_pass",
                                                              ".vault-token",
                                                              "client_secret",
                                                              "gha-creds-",
                                                              "id_dsa",
                                                              "id_ecdsa",
                                                              "id_ed25519",
                                                              "id_rsa",
                                                              "secring.",
                                                              "service-account"});
// What lies in these folders of a home.
constexpr auto kFolders = std::to_array<std::string_view>({"/.aws/",
                                                           "/.azure/",
                                                           "/.cargo/credentials",
                                                           "/.config/gcloud/",
                                                           "/.config/gh/",
                                                           "/.docker/config.json",
                                                           "/.gnupg/",
                                                           "/.kube/",
                                                           "/.ssh/"});
constexpr auto kHarmlessEnds = std::to_array<std::string_view>(
    {".pub", ".env.example", ".env.sample", ".env.template", ".env.dist"});

constexpr std::array<std::string_view, 12> kToolFolders{".git",
                                                        ".hg",
                                                        ".svn",
                                                        ".venv",
                                                        "__pycache__",
                                                        ".mypy_cache",
                                                        ".pytest_cache",
                                                        ".ruff_cache",
                                                        ".tox",
                                                        ".nox",
                                                        ".ipynb_checkpoints",
                                                        ".cartwheel"};

}  // namespace

bool looks_secret(std::string_view path) {
  const std::string whole = "/" + util::lower(path);
  const std::string_view name = std::string_view(whole).substr(whole.rfind('/') + 1);
  auto ends = [&](std::string_view end) { return name.ends_with(end); };
  auto begins = [&](std::string_view beginning) { return name.starts_with(beginning); };
  auto lies_in = [&](std::string_view folder) { return whole.find(folder) != std::string::npos; };
  if (std::ranges::any_of(kHarmlessEnds, ends)) {
    return false;
  }
  return std::ranges::find(kNames, name) != kNames.end() || std::ranges::any_of(kEnds, ends) ||
         std::ranges::any_of(kBeginnings, begins) || std::ranges::any_of(kFolders, lies_in);
}

bool is_tool_folder(std::string_view name) {
  return std::ranges::find(kToolFolders, name) != kToolFolders.end();
}

}  // namespace cartwheel::tree
