// Prints the selection of a lock as JSON: what scripts/interop-select compares with uv's where the
// command line is not built, and what times the reading of a lock. Not installed.
//   select_main LOCK PLATFORM GLIBC PYTHON [--extra NAME] [--group NAME] … [--default-group NAME]
//   [--time N]

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lock/lock.h"
#include "plan/select.h"
#include "util/error.h"
#include "util/file.h"

namespace {

using namespace cartwheel;

struct Arguments {
  plan::Selection selection;
  std::string why;
  int times = 0;
};

bool set_flag(const std::string& name, plan::Selection& selection) {
  const std::vector<std::pair<std::string, bool*>> flags = {
      {"--all-extras", &selection.all_extras},
      {"--all-groups", &selection.all_groups},
      {"--no-default-groups", &selection.no_default_groups},
      {"--all-packages", &selection.all_packages},
      {"--no-install-project", &selection.no_install_project},
  };
  for (const auto& [flag, value] : flags) {
    if (name == flag) {
      *value = true;
      return true;
    }
  }
  return false;
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments out;
  plan::Selection& selection = out.selection;
  std::vector<std::string> default_groups;
  const std::vector<std::pair<std::string, std::vector<std::string>*>> lists = {
      {"--extra", &selection.extras},
      {"--group", &selection.groups},
      {"--only-group", &selection.only_groups},
      {"--no-group", &selection.no_groups},
      {"--package", &selection.packages},
      {"--no-install-package", &selection.without},
      {"--default-group", &default_groups},
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (set_flag(words[i], selection)) {
      continue;
    }
    if (words[i] == "--no-dev") {
      selection.no_groups.emplace_back("dev");
      continue;
    }
    if (i + 1 == words.size()) {
      throw util::Error(util::ErrorKind::usage, "unknown argument '" + words[i] + "'");
    }
    const std::string& value = words[i + 1];
    bool found = false;
    for (const auto& [name, list] : lists) {
      if (words[i] == name) {
        list->push_back(value);
        found = true;
      }
    }
    if (words[i] == "--time") {
      out.times = std::stoi(value);
    } else if (words[i] == "--why") {
      out.why = value;
    } else if (!found) {
      throw util::Error(util::ErrorKind::usage, "unknown argument '" + words[i] + "'");
    }
    ++i;
  }
  if (!default_groups.empty()) {
    selection.default_groups = default_groups;
  }
  return out;
}

plan::Target target_of(const std::string& platform,
                       const std::string& glibc,
                       const std::string& python) {
  std::string minor = python.substr(0, python.find('.', python.find('.') + 1));
  return plan::make_target(core::Platform::parse(platform),
                           python::Glibc::parse(glibc),
                           python::PythonVersion::parse(minor),
                           python == minor ? "" : python);
}

nlohmann::json json_of(const lock::Lock& lock, const std::vector<plan::Selected>& selected) {
  nlohmann::json packages = nlohmann::json::array();
  for (const plan::Selected& entry : selected) {
    const lock::Package& package = lock.packages[entry.package];
    nlohmann::json wheel;
    if (entry.wheel) {
      const core::Artifact& file = package.wheels[*entry.wheel];
      wheel = {{"filename", file.filename}, {"url", file.url}};
    }
    packages.push_back({{"name", package.name},
                        {"version", package.version},
                        {"source", package.source.str()},
                        {"extras", entry.extras},
                        {"root", entry.is_root},
                        {"wheel", wheel}});
  }
  return {{"packages", packages}};
}

void print_why(const lock::Lock& lock, const Arguments& arguments, const plan::Target& target) {
  for (const plan::WhyPath& path : plan::why(lock, arguments.selection, target, arguments.why)) {
    for (const plan::WhyEdge& edge : path) {
      std::cout << edge.from << " -> " << edge.to << (edge.holds ? "" : "  (no)");
      for (const python::Marker::Clause& clause : edge.clauses) {
        std::cout << "  " << (clause.holds ? "+" : "-") << clause.text;
      }
      std::cout << "\n";
    }
    std::cout << "\n";
  }
}

int run(const std::vector<std::string>& words) {
  if (words.size() < 4) {
    throw util::Error(util::ErrorKind::usage, "select_main LOCK PLATFORM GLIBC PYTHON [OPTION]…");
  }
  Arguments arguments = parse({words.begin() + 4, words.end()});
  std::string text = util::read_file(words[0]);
  plan::Target target = target_of(words[1], words[2], words[3]);
  for (int i = 0; i < arguments.times; ++i) {
    auto begin = std::chrono::steady_clock::now();
    lock::Lock timed = lock::read(words[0], text);
    auto middle = std::chrono::steady_clock::now();
    std::size_t count = plan::select(timed, arguments.selection, target).size();
    auto end = std::chrono::steady_clock::now();
    std::cerr << "read " << std::chrono::duration<double, std::milli>(middle - begin).count()
              << " ms, select " << std::chrono::duration<double, std::milli>(end - middle).count()
              << " ms, " << count << " packages\n";
  }
  lock::Lock lock = lock::read(words[0], text);
  if (!arguments.why.empty()) {
    print_why(lock, arguments, target);
    return 0;
  }
  std::cout << json_of(lock, plan::select(lock, arguments.selection, target)).dump(1) << "\n";
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const cartwheel::util::Error& error) {
    std::cerr << "error: " << error.what() << "\n";
    return cartwheel::util::exit_code(error.kind());
  }
}
