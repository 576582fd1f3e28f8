#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "debian/deb822.h"
#include "debian/script_state.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

int do_nothing(ShellCall&) { return 0; }

// What cannot be made without running a program of the image, and what programs can do without:
// docs/base.md says what that costs.
int leave_out(ShellCall&) { return 1; }

// ---- update-alternatives ----

int update_alternatives(ShellCall& call) {
  ScriptState& state = state_of(call);
  std::vector<std::string> words;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    if (call.words[i] == "--quiet" || call.words[i] == "--force" || call.words[i] == "--verbose" ||
        call.words[i] == "--skip-auto") {
      continue;
    }
    words.push_back(call.words[i]);
  }
  const std::string action = words.empty() ? "" : words[0];
  if (action == "--install" && words.size() >= 5) {
    const auto priority = shell_integer(words[4]);
    std::vector<AlternativeLinks::Slave> slaves;
    std::size_t i = 5;
    for (; i + 3 < words.size() && words[i] == "--slave"; i += 4) {
      slaves.push_back({words[i + 1], words[i + 2], words[i + 3]});
    }
    if (!priority || *priority != static_cast<int>(*priority) || i != words.size()) {
      // also what dpkg's program would refuse: a script that continues a line by mistake
      call.refuse("its options");
    }
    state.alternatives.install(
        call.shell.tree(), words[1], words[2], words[3], static_cast<int>(*priority), slaves);
    return 0;
  }
  if (action == "--remove" && words.size() == 3) {
    state.alternatives.remove(call.shell.tree(), words[1], words[2]);
    return 0;
  }
  if (action == "--remove-all" && words.size() == 2) {
    for (const std::string& path : state.alternatives.paths(words[1])) {
      state.alternatives.remove(call.shell.tree(), words[1], path);
    }
    return 0;
  }
  if (action == "--list" && words.size() == 2) {
    const std::vector<std::string> paths = state.alternatives.paths(words[1]);
    for (const std::string& path : paths) {
      call.output += path + "\n";
    }
    return paths.empty() ? 2 : 0;
  }
  if ((action == "--display" || action == "--query") && words.size() == 2 &&
      state.alternatives.paths(words[1]).empty()) {
    return 2;
  }
  if (action == "--auto" && words.size() == 2) {
    return 0;
  }
  call.refuse("its options");
}

// ucf [OPTIONS] NEW FILE: a configuration file that is managed, and is not there yet.
int update_configuration_file(ShellCall& call) {
  const ShellOptions options =
      shell_options(call, "three-way debconf-ok debconf-template= sum-file= src-dir= p purge");
  if (options.has("p") || options.has("purge")) {
    return 0;
  }
  if (options.operands.size() != 2) {
    call.refuse();
  }
  if (call.shell.find(options.operands[1], true) != nullptr) {
    return 0;
  }
  std::string output;
  ShellInput input;
  return call.shell.call({"cp", "-p", options.operands[0], options.operands[1]}, input, output);
}

// ---- debconf ----

// The answer to a question: what a script has set, else the template's default.
std::optional<std::string> answer(const ScriptState& state, const std::string& question) {
  const auto set = state.answers.find(question);
  if (set != state.answers.end()) {
    return set->second;
  }
  for (const Installed& package : state.system.packages) {
    const auto templates = package.members.find("templates");
    if (templates == package.members.end() ||
        templates->second.find(question) == std::string::npos) {
      continue;
    }
    for (const Paragraph& paragraph : parse_paragraphs(templates->second, "templates")) {
      if (paragraph.get("Template") == question) {
        return std::string(paragraph.get("Default"));
      }
    }
  }
  return std::nullopt;
}

int get_answer(ShellCall& call) {  // db_get, db_fget
  if (call.words.size() < 2) {
    call.refuse();
  }
  const bool is_flag = call.words[0] == "db_fget";
  const auto value = is_flag ? std::string("false") : answer(state_of(call), call.words[1]);
  call.shell.variables()["RET"] = value.value_or("");
  return value ? 0 : 10;
}

int set_answer(ShellCall& call) {
  if (call.words.size() < 2) {
    call.refuse();
  }
  state_of(call).answers[call.words[1]] = call.words.size() > 2 ? call.words[2] : "";
  return 0;
}

int ask(ShellCall&) { return 30; }  // nobody is asked

// ---- the machine ----

int real_path(ShellCall& call) {  // dpkg-realpath [--root ""] PATH
  ShellOptions options = shell_options(call, "root=");
  if (options.operands.size() != 1 ||
      (options.has("root") && !options.given["root"].empty() && options.given["root"] != "/")) {
    call.refuse();
  }
  const auto at = call.shell.place(options.operands[0], true);
  call.output += at ? "/" + *at + "\n" : "";
  return at ? 0 : 1;
}

int is_mounted(ShellCall& call) {  // mountpoint: in an image under way, /proc alone
  return call.words.back() == "/proc" ? 0 : 1;
}

int name_system(ShellCall& call) {  // uname
  const std::string option = call.words.size() > 1 ? call.words[1] : "-s";
  if (call.words.size() > 2 || (option != "-s" && option != "-m")) {
    call.refuse();
  }
  const bool is_arm = state_of(call).system.platform.oci_name() == "arm64";
  call.output += option == "-s" ? "Linux\n" : is_arm ? "aarch64\n" : "x86_64\n";
  return 0;
}

int compile_schemas(ShellCall& call) {  // glib-compile-schemas FOLDER
  const std::string folder = call.words.back();
  const auto at = call.shell.place(folder, true);
  const std::vector<std::string> names =
      at ? call.shell.tree().list(*at) : std::vector<std::string>();
  for (const std::string& name : names) {
    if (name.ends_with(".gschema.xml")) {
      call.refuse(fmt::format("compiles {}/{}", folder, name));
    }
  }
  return 0;
}

// Programs of packages that a system need not have: `command -v` finds them by the tree alone.
constexpr std::array kOptional = {"addgroup",
                                  "adduser",
                                  "fc-cache",
                                  "gdk-pixbuf-query-loaders",
                                  "gio-querymodules",
                                  "glib-compile-schemas",
                                  "groupadd",
                                  "gtk-update-icon-cache",
                                  "install-info",
                                  "mandb",
                                  "py3clean",
                                  "py3compile",
                                  "pyclean",
                                  "pycompile",
                                  "pypy3clean",
                                  "pypy3compile",
                                  "shadowconfig",
                                  "systemctl",
                                  "systemd-sysusers",
                                  "systemd-tmpfiles",
                                  "ucf",
                                  "ucfr",
                                  "udevadm",
                                  "update-binfmts",
                                  "update-desktop-database",
                                  "update-icon-caches",
                                  "update-initramfs",
                                  "update-menus",
                                  "update-mime",
                                  "update-mime-database",
                                  "useradd"};

// What does nothing here.
constexpr std::array kIdle = {
    // debconf's: nobody is asked
    "db_go",
    "db_beginblock",
    "db_capb",
    "db_clear",
    "db_endblock",
    "db_fset",
    "db_info",
    "db_metaget",
    "db_progress",
    "db_purge",
    "db_register",
    "db_reset",
    "db_settitle",
    "db_stop",
    "db_subst",
    "db_title",
    "db_unregister",
    "db_version",
    // a first installation into an image that no init system runs in; ld.so.cache is written when
    // all packages are there
    "deb-systemd-helper",
    "deb-systemd-invoke",
    "dpkg-maintscript-helper",
    "initctl",
    "invoke-rc.d",
    "ldconfig",
    "service",
    "start-stop-daemon",
    "systemctl",
    "systemd-tmpfiles",
    "ucfr",
    "udevadm",
    "update-binfmts",
    "update-initramfs",
    "update-rc.d",
    // indexes for desktops and readers of documentation, caches that programs rebuild or do
    // without,
    // bytecode
    "fc-cache",
    "gio-querymodules",
    "gtk-update-icon-cache",
    "install-info",
    "mandb",
    "pam-auth-update",
    "py3clean",
    "py3compile",
    "pyclean",
    "pycompile",
    "pypy3clean",
    "pypy3compile",
    "shadowconfig",
    "update-desktop-database",
    "update-icon-caches",
    "update-menus",
    "update-mime",
    "update-mime-database",
};

}  // namespace

bool is_optional_command(std::string_view name) {
  return std::find(kOptional.begin(), kOptional.end(), name) != kOptional.end();
}

void add_debian_commands(ShellCommands& commands) {
  commands.insert({{"db_fget", get_answer},
                   {"db_get", get_answer},
                   {"db_input", ask},
                   {"db_set", set_answer},
                   {"dpkg-realpath", real_path},
                   {"gdk-pixbuf-query-loaders", leave_out},
                   {"glib-compile-schemas", compile_schemas},
                   {"mountpoint", is_mounted},
                   {"pidof", leave_out},  // no process runs
                   {"ucf", update_configuration_file},
                   {"uname", name_system},
                   {"update-alternatives", update_alternatives}});
  for (const char* name : kIdle) {
    commands.emplace(name, do_nothing);
  }
}

}  // namespace cartwheel::debian
