#include "tree/secrets.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace cartwheel::tree {

namespace {

constexpr std::array<std::string_view, 21> kSecretNames{"*.pem",
                                                        "*.key",
                                                        "*.p12",
                                                        "*.pfx",
                                                        "*.jks",
                                                        "*.keystore",
                                                        "id_rsa*",
                                                        "id_dsa*",
                                                        "id_ecdsa*",
                                                        "id_ed25519*",
                                                        ".env",
                                                        ".env.*",
                                                        ".netrc",
                                                        "_netrc",
                                                        ".pypirc",
                                                        ".npmrc",
                                                        ".git-credentials",
                                                        "credentials.json",
                                                        "service-account*.json",
                                                        ".htpasswd",
                                                        "*.kdbx"};

constexpr std::array<std::string_view, 5> kHarmless{
    "*.pub", ".env.example", ".env.sample", ".env.template", ".env.dist"};

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

bool any_matches(const auto& patterns, std::string_view name) {
  return std::ranges::any_of(
      patterns, [&](std::string_view pattern) { return util::glob_matches(pattern, name); });
}

}  // namespace

bool looks_secret(std::string_view name) {
  return any_matches(kSecretNames, name) && !any_matches(kHarmless, name);
}

bool is_tool_folder(std::string_view name) {
  return std::ranges::find(kToolFolders, name) != kToolFolders.end();
}

}  // namespace cartwheel::tree
