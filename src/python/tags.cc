#include "python/tags.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

// "N.N" of at most three digits each; nothing for another form.
std::optional<std::pair<unsigned, unsigned>> two_numbers(std::string_view text) {
  std::vector<std::string_view> parts = util::split(text, '.');
  std::pair<unsigned, unsigned> out;
  auto read = [](std::string_view digits, unsigned& into) {
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
    return error == std::errc() && end == digits.data() + digits.size() && digits.size() <= 3;
  };
  bool good = parts.size() == 2 && read(parts[0], out.first) && read(parts[1], out.second);
  return good ? std::optional(out) : std::nullopt;
}

// The oldest manylinux_2_N that an architecture has (PEP 599, PEP 571, PEP 513).
unsigned oldest_glibc_minor(core::Architecture architecture) {
  return architecture == core::Architecture::amd64 ? 5 : 17;
}

// Platform tags of compiled wheels for one glibc, best first; the legacy names (PEP 600) stand
// right behind their twin.
std::vector<std::string> platform_tags(const core::Platform& platform, const Glibc& glibc) {
  std::string machine = platform.machine();
  std::vector<std::string> out;
  for (unsigned minor = glibc.minor; minor >= oldest_glibc_minor(platform.architecture); --minor) {
    out.push_back(fmt::format("manylinux_{}_{}_{}", glibc.major, minor, machine));
    if (minor == 17) {
      out.push_back("manylinux2014_" + machine);
    } else if (minor == 12) {
      out.push_back("manylinux2010_" + machine);
    } else if (minor == 5) {
      out.push_back("manylinux1_" + machine);
    }
  }
  out.push_back("linux_" + machine);
  return out;
}

std::uint64_t packed(std::uint32_t python, std::uint32_t abi, std::uint32_t platform) {
  return (static_cast<std::uint64_t>(python) << 42) | (static_cast<std::uint64_t>(abi) << 21) |
         platform;
}

}  // namespace

Glibc Glibc::parse(std::string_view text) {
  auto numbers = two_numbers(text);
  if (!numbers) {
    throw util::Error(
        util::ErrorKind::malformed,
        fmt::format("'{}' is no glibc version: wanted one as '2.36'", text.substr(0, 80)));
  }
  return {.major = numbers->first, .minor = numbers->second};
}

std::string Glibc::str() const { return fmt::format("{}.{}", major, minor); }

PythonVersion PythonVersion::parse(std::string_view text) {
  bool free_threaded = text.ends_with('t');
  auto numbers = two_numbers(text.substr(0, text.size() - (free_threaded ? 1 : 0)));
  if (!numbers) {
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("'{}' is no Python version: wanted one as '3.11' or '3.13t'",
                                  text.substr(0, 80)));
  }
  return {.major = numbers->first, .minor = numbers->second, .free_threaded = free_threaded};
}

std::string minor_of(const std::string& version) {
  const std::size_t first = version.find('.');
  return version.substr(0, first == std::string::npos ? first : version.find('.', first + 1));
}

std::string PythonVersion::str() const {
  return fmt::format("{}.{}{}", major, minor, free_threaded ? "t" : "");
}

// Groups, best first:
//   cp3M-cp3M-PLATFORM; cp3N-abi3-PLATFORM for N = M … 2, cp3M-none-PLATFORM behind the first of
//   them; py3M, py3, py3(M-1) … py30 -none-PLATFORM; cp3M-none-any; py3M, py3, py3(M-1) … py30
//   -none-any.
// A free-threaded Python has abi3t in the place of abi3.
SupportedTags::SupportedTags(const core::Platform& platform,
                             const Glibc& glibc,
                             const PythonVersion& python)
    : platforms_(platform_tags(platform, glibc)) {
  auto cpython = [&](unsigned minor) { return fmt::format("cp{}{}", python.major, minor); };
  auto generic = [&](unsigned minor) { return fmt::format("py{}{}", python.major, minor); };
  const std::string own = cpython(python.minor);
  const std::string major = fmt::format("py{}", python.major);

  add_for(own, own + (python.free_threaded ? "t" : ""));
  for (unsigned minor = python.minor; minor >= 2; --minor) {
    add_for(cpython(minor), python.free_threaded ? "abi3t" : "abi3");
    if (minor == python.minor) {
      add_for(own, "none");
    }
  }
  for (unsigned i = 0; i <= python.minor; ++i) {
    add_for(generic(python.minor - i), "none");
    if (i == 0) {
      add_for(major, "none");
    }
  }
  add(own, "none", "any");
  for (unsigned i = 0; i <= python.minor; ++i) {
    add(generic(python.minor - i), "none", "any");
    if (i == 0) {
      add(major, "none", "any");
    }
  }
}

void SupportedTags::add(const std::string& python,
                        const std::string& abi,
                        const std::string& platform) {
  auto id = [](Ids& ids, const std::string& name) {
    return ids.try_emplace(name, static_cast<std::uint32_t>(ids.size())).first->second;
  };
  std::uint64_t key =
      packed(id(python_ids_, python), id(abi_ids_, abi), id(platform_ids_, platform));
  position_.try_emplace(key, static_cast<std::uint32_t>(ordered_.size()));
  ordered_.push_back(fmt::format("{}-{}-{}", python, abi, platform));
}

void SupportedTags::add_for(const std::string& python, const std::string& abi) {
  for (const std::string& platform : platforms_) {
    add(python, abi, platform);
  }
}

namespace {

// The ids of those of the tags that are known, without repeats: a hostile name's sets stay small.
template <typename Ids>
std::vector<std::uint32_t> known(const Ids& ids, const std::vector<std::string>& tags) {
  std::vector<std::uint32_t> out;
  for (const std::string& tag : tags) {
    auto found = ids.find(std::string_view(tag));
    if (found != ids.end() && std::find(out.begin(), out.end(), found->second) == out.end()) {
      out.push_back(found->second);
    }
  }
  return out;
}

// PEP 427: the leading digits as a number, then the rest as text.
std::pair<std::uint64_t, std::string> build_key(const std::string& build) {
  std::uint64_t number = 0;
  const char* end = std::from_chars(build.data(), build.data() + build.size(), number).ptr;
  return {number, std::string(end, build.data() + build.size())};
}

}  // namespace

std::uint32_t SupportedTags::best_rank(const std::vector<std::uint32_t>& pythons,
                                       const std::vector<std::uint32_t>& abis,
                                       const std::vector<std::uint32_t>& platforms) const {
  auto count = static_cast<std::uint32_t>(ordered_.size());
  std::uint32_t best = 0;
  for (std::uint32_t python : pythons) {
    for (std::uint32_t abi : abis) {
      for (std::uint32_t platform : platforms) {
        auto found = position_.find(packed(python, abi, platform));
        best = found == position_.end() ? best : std::max(best, count - found->second);
      }
    }
  }
  return best;
}

std::optional<SupportedTags::Priority> SupportedTags::priority(const WheelFilename& wheel) const {
  std::vector<std::uint32_t> platforms = known(platform_ids_, wheel.platform_tags);
  if (platforms.empty()) {  // as for most wheels of a lock: the rest need not be looked at
    return std::nullopt;
  }
  Priority priority{
      .tag = best_rank(
          known(python_ids_, wheel.python_tags), known(abi_ids_, wheel.abi_tags), platforms),
      .build = std::nullopt};
  if (priority.tag == 0) {
    return std::nullopt;
  }
  if (!wheel.build.empty()) {
    priority.build = build_key(wheel.build);
  }
  return priority;
}

}  // namespace cartwheel::python
