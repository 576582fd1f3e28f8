#include "wheelbuild/environment.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "core/format.h"
#include "util/text.h"

namespace cartwheel::wheelbuild {

namespace {

constexpr std::array<std::string_view, 30> kKept{"PATH",
                                                 "HOME",
                                                 "USER",
                                                 "LOGNAME",
                                                 "TMPDIR",
                                                 "NETRC",
                                                 "CARGO_HOME",
                                                 "RUSTUP_HOME",
                                                 "RUSTUP_TOOLCHAIN",
                                                 "PYENV_ROOT",
                                                 "PYENV_VERSION",
                                                 "SSL_CERT_FILE",
                                                 "SSL_CERT_DIR",
                                                 "REQUESTS_CA_BUNDLE",
                                                 "CURL_CA_BUNDLE",
                                                 "HTTP_PROXY",
                                                 "HTTPS_PROXY",
                                                 "ALL_PROXY",
                                                 "NO_PROXY",
                                                 "PIP_INDEX_URL",
                                                 "PIP_EXTRA_INDEX_URL",
                                                 "PIP_FIND_LINKS",
                                                 "PIP_NO_INDEX",
                                                 "PIP_TRUSTED_HOST",
                                                 "PIP_CERT",
                                                 "PIP_CLIENT_CERT",
                                                 "PIP_PROXY",
                                                 "PIP_CONFIG_FILE",
                                                 "PIP_CACHE_DIR",
                                                 "PIP_TIMEOUT"};

// uv: indexes and their credentials, where things are kept, how the network is reached.
constexpr std::array<std::string_view, 18> kKeptOfUv{"UV_INDEX",
                                                     "UV_DEFAULT_INDEX",
                                                     "UV_EXTRA_INDEX_URL",
                                                     "UV_FIND_LINKS",
                                                     "UV_NO_INDEX",
                                                     "UV_CACHE_DIR",
                                                     "UV_KEYRING_PROVIDER",
                                                     "UV_HTTP_",
                                                     "UV_INSECURE_HOST",
                                                     "UV_NATIVE_TLS",
                                                     "UV_SYSTEM_CERTS",
                                                     "UV_OFFLINE",
                                                     "UV_PYTHON_DOWNLOADS",
                                                     "UV_PYTHON_INSTALL_DIR",
                                                     "UV_PYTHON_INSTALL_MIRROR",
                                                     "UV_CONFIG_FILE",
                                                     "UV_CREDENTIALS_DIR",
                                                     "UV_CONCURRENT_"};

}  // namespace

bool is_kept(std::string_view name) {
  auto is_name = [&](std::string_view kept) { return name == kept; };
  auto begins = [&](std::string_view kept) { return name.starts_with(kept); };
  std::string upper_proxy(name);  // both spellings are in use
  if (util::lower(name) == name && name.ends_with("_proxy")) {
    std::transform(name.begin(), name.end(), upper_proxy.begin(), [](char letter) {
      return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    });
  }
  return std::any_of(kKept.begin(), kKept.end(), is_name) || name.starts_with("XDG_") ||
         std::any_of(kKeptOfUv.begin(), kKeptOfUv.end(), begins) ||
         (upper_proxy != name && is_kept(upper_proxy));
}

std::vector<std::string> dropped_variables() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    std::string_view name = text.substr(0, text.find('='));
    if (!is_kept(name)) {
      out.emplace_back(name);
    }
  }
  return out;
}

std::map<std::string, std::string> fixed_variables(const std::string& source_date_epoch) {
  return {{"SOURCE_DATE_EPOCH",
           source_date_epoch.empty() ? std::to_string(core::kLayerTime) : source_date_epoch},
          {"PYTHONHASHSEED", "0"},
          {"PYTHONNOUSERSITE", "1"},
          {"LC_ALL", "C.UTF-8"},
          {"TZ", "UTC"},
          {"NO_COLOR", "1"}};
}

}  // namespace cartwheel::wheelbuild
