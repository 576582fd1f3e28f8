#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fnmatch.h>

#include "debian/file_modes.h"
#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

bool make_folder(ShellCall& call, const std::string& path, unsigned mode) {
  const auto at = call.shell.place(path, false);
  if (!at || at->empty() || call.shell.tree().find(*at) != nullptr) {
    return false;
  }
  const std::size_t slash = at->rfind('/');
  const Node* parent =
      slash == std::string::npos ? nullptr : call.shell.tree().find(at->substr(0, slash));
  Node node = Node::directory(mode);
  if (parent != nullptr && (parent->mode & 02000U) != 0) {  // setgid folders hand on their group
    node.mode |= 02000U;
    node.gid = parent->gid;
  }
  call.shell.tree().put(*at, std::move(node));
  return true;
}

// mkdir -p: every folder on the way.
bool make_folders(ShellCall& call, const std::string& path, unsigned mode) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (call.shell.find(part, true) == nullptr) {
      make_folder(call, part, 0777U & ~call.shell.umask());
    }
  }
  if (call.shell.find(path, true) == nullptr) {
    make_folder(call, path, mode);
  }
  const Node* node = call.shell.find(path, true);
  return node != nullptr && node->kind == Node::Kind::directory;
}

int make_directory(ShellCall& call) {
  ShellOptions options = shell_options(call, "p m= v Z parents mode=");
  unsigned mode = 0777U & ~call.shell.umask();
  for (const char* name : {"m", "mode"}) {
    if (options.has(name)) {
      mode = changed_mode(call, 0777, options.given[name]);
    }
  }
  int status = 0;
  for (const std::string& path : options.operands) {
    const bool is_made = options.has("p") || options.has("parents") ? make_folders(call, path, mode)
                                                                    : make_folder(call, path, mode);
    status = is_made ? status : 1;
  }
  return status;
}

int remove(ShellCall& call) {
  const ShellOptions options = shell_options(call, "r R f v d recursive force verbose");
  const bool is_deep = options.has("r") || options.has("R") || options.has("recursive");
  int status = 0;
  for (const std::string& path : options.operands) {
    const auto at = call.shell.place(path, false);
    const Node* node = at ? call.shell.tree().find(*at) : nullptr;
    if (node == nullptr) {
      status = options.has("f") || options.has("force") ? status : 1;
      continue;
    }
    if (node->kind == Node::Kind::directory && !is_deep) {
      status = 1;
      continue;
    }
    for (const std::string& below : call.shell.tree().below(*at)) {
      call.shell.tree().erase(below);
    }
    call.shell.tree().erase(*at);
  }
  return status;
}

int remove_directory(ShellCall& call) {
  const ShellOptions options = shell_options(call, "p v parents ignore-fail-on-non-empty verbose");
  int status = 0;
  for (std::string path : options.operands) {
    bool goes_on = true;
    while (goes_on && !path.empty()) {
      const auto at = call.shell.place(path, false);
      const Node* node = at ? call.shell.tree().find(*at) : nullptr;
      const bool is_empty = node != nullptr && node->kind == Node::Kind::directory &&
                            call.shell.tree().below(*at).empty();
      if (!is_empty) {
        status = options.has("ignore-fail-on-non-empty") && node != nullptr ? status : 1;
        break;
      }
      call.shell.tree().erase(*at);
      goes_on = options.has("p") || options.has("parents");
      path = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
    }
  }
  return status;
}

// Where SOURCE goes when it is put at TARGET, which may be a folder.
std::optional<std::string> destination(ShellCall& call,
                                       const std::string& source,
                                       const std::string& target,
                                       bool is_no_folder) {
  const Node* node = call.shell.find(target, true);
  if (!is_no_folder && node != nullptr && node->kind == Node::Kind::directory) {
    return call.shell.place(target + "/" + source.substr(source.rfind('/') + 1), false);
  }
  return call.shell.place(target, false);
}

int link(ShellCall& call) {
  const ShellOptions options = shell_options(call, "s f n T v r symbolic force no-dereference");
  if (options.operands.size() != 2 || !(options.has("s") || options.has("symbolic")) ||
      options.has("r")) {
    call.refuse();
  }
  const bool is_no_folder = options.has("T") || options.has("n") || options.has("no-dereference");
  const auto at = destination(call, options.operands[0], options.operands[1], is_no_folder);
  if (!at) {
    return 1;
  }
  const Node* old = call.shell.tree().find(*at);
  if (old != nullptr &&
      (old->kind == Node::Kind::directory || !(options.has("f") || options.has("force")))) {
    return 1;
  }
  call.shell.tree().put(*at, Node::symlink(options.operands[0]));
  return 0;
}

int copy(ShellCall& call) {
  const ShellOptions options =
      shell_options(call, "a p f d n u v P L T Z r R preserve= archive force no-clobber");
  if (options.operands.size() < 2) {
    call.refuse();
  }
  const bool keeps =
      options.has("a") || options.has("p") || options.has("preserve") || options.has("archive");
  const bool keeps_links = options.has("a") || options.has("d") || options.has("P");
  int status = 0;
  for (std::size_t i = 0; i + 1 < options.operands.size(); ++i) {
    const std::string& source = options.operands[i];
    const Node* node = call.shell.find(source, !keeps_links);
    const auto at = destination(call, source, options.operands.back(), options.has("T"));
    if (node == nullptr || !at) {
      status = 1;
      continue;
    }
    if (node->kind == Node::Kind::directory) {
      call.refuse("a folder");
    }
    const Node* old = call.shell.tree().find(*at);
    if (old != nullptr && (options.has("n") || options.has("no-clobber"))) {
      continue;
    }
    Node made = *node;
    made.package = "";
    if (!keeps && made.kind == Node::Kind::file) {
      made.mode = old != nullptr ? old->mode : made.mode & 0777U & ~call.shell.umask();
      made.uid = old != nullptr ? old->uid : 0;
      made.gid = old != nullptr ? old->gid : 0;
    }
    call.shell.tree().put(*at, std::move(made));
  }
  return status;
}

int move(ShellCall& call) {
  const ShellOptions options = shell_options(call, "f n v T Z force no-clobber");
  if (options.operands.size() != 2) {
    call.refuse();
  }
  const auto from = call.shell.place(options.operands[0], false);
  const auto to = destination(call, options.operands[0], options.operands[1], options.has("T"));
  const Node* node = from ? call.shell.tree().find(*from) : nullptr;
  if (node == nullptr || !to) {
    return 1;
  }
  if (call.shell.tree().find(*to) != nullptr && (options.has("n") || options.has("no-clobber"))) {
    return 0;
  }
  for (const std::string& below : call.shell.tree().below(*from)) {
    call.shell.tree().put(*to + below.substr(from->size()), Node(*call.shell.tree().find(below)));
    call.shell.tree().erase(below);
  }
  call.shell.tree().put(*to, Node(*node));
  call.shell.tree().erase(*from);
  return 0;
}

int touch(ShellCall& call) {
  const ShellOptions options =
      shell_options(call, "a c m h r= d= t= no-dereference reference= date=");
  int status = 0;
  for (const std::string& path : options.operands) {
    if (call.shell.find(path, true) != nullptr || options.has("c")) {
      continue;
    }
    const auto at = call.shell.place(path, false);
    if (!at) {
      status = 1;
      continue;
    }
    call.shell.tree().put(*at, Node::file("", 0666U & ~call.shell.umask()));
  }
  return status;
}

int install(ShellCall& call) {
  ShellOptions options = shell_options(call, "d m= o= g= D p c v T directory mode= owner= group=");
  const auto value = [&](const char* letter, const char* name) {
    return options.has(letter) ? options.given[letter]
           : options.has(name) ? options.given[name]
                               : std::string();
  };
  const std::string mode_text = value("m", "mode");
  const unsigned mode = mode_text.empty() ? 0755U : changed_mode(call, 0, mode_text);
  FileOwner owner;
  if (const std::string user = value("o", "owner"); !user.empty()) {
    owner = parse_owner(call, user, false);
  }
  if (const std::string group = value("g", "group"); !group.empty()) {
    owner.group = parse_owner(call, group, true).group;
  }
  const auto put = [&](const std::string& at, Node node) {
    node.mode = mode;
    node.uid = owner.user.value_or(0);
    node.gid = owner.group.value_or(0);
    node.package = "";
    call.shell.tree().put(at, std::move(node));
  };
  if (options.has("d") || options.has("directory")) {
    for (const std::string& path : options.operands) {
      if (!make_folders(call, path, mode)) {
        return 1;
      }
      if (!mode_text.empty() || owner.user || owner.group) {
        const auto at = call.shell.place(path, true);
        put(*at, *call.shell.tree().find(*at));
      }
    }
    return 0;
  }
  if (options.operands.size() != 2) {
    call.refuse();
  }
  const Node* node = call.shell.find(options.operands[0], true);
  const auto at = destination(call, options.operands[0], options.operands[1], options.has("T"));
  if (options.operands[0] == "/dev/null" && at) {
    put(*at, Node::file(""));
    return 0;
  }
  if (node == nullptr || node->kind != Node::Kind::file || !at) {
    return 1;
  }
  put(*at, *node);
  return 0;
}

int compare(ShellCall& call) {  // cmp
  const ShellOptions options = shell_options(call, "s q quiet silent");
  if (options.operands.size() != 2) {
    call.refuse();
  }
  std::vector<std::string> texts;
  for (const std::string& path : options.operands) {
    const Node* node = call.shell.find(path, true);
    if (node == nullptr || node->kind != Node::Kind::file) {
      return 2;
    }
    texts.push_back(call.shell.tree().read(*node, 0, node->size()));
  }
  return texts[0] == texts[1] ? 0 : 1;
}

int read_link(ShellCall& call) {
  const ShellOptions options = shell_options(call, "f e m q s n no-newline");
  if (options.operands.size() != 1) {
    call.refuse();
  }
  const std::string& path = options.operands[0];
  const bool is_whole = options.has("f") || options.has("e") || options.has("m") ||
                        call.words[0].ends_with("realpath");
  if (is_whole) {
    const auto at = call.shell.place(path, true);
    if (!at) {
      return 1;
    }
    call.output += "/" + *at + "\n";
    return 0;
  }
  const Node* node = call.shell.find(path, false);
  if (node == nullptr || node->kind != Node::Kind::symlink) {
    return 1;
  }
  call.output += node->target + "\n";
  return 0;
}

// find FOLDER… [-maxdepth N] [-type T] [-name GLOB] [-print]: what else is asked for is refused.
int find(ShellCall& call) {
  std::vector<std::string> folders;
  std::string type, name;
  std::size_t deepest = ~std::size_t{0};
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    const std::string value = i + 1 < call.words.size() ? call.words[i + 1] : "";
    if (!word.starts_with('-')) {
      folders.push_back(word);
    } else if (word == "-type" || word == "-name" || word == "-maxdepth") {
      if (word == "-type") {
        type = value;
      } else if (word == "-name") {
        name = value;
      } else if (std::from_chars(value.data(), value.data() + value.size(), deepest).ec !=
                 std::errc()) {
        call.refuse();
      }
      ++i;
    } else if (word != "-print") {
      call.refuse(fmt::format("'{}'", word));
    }
  }
  int status = 0;
  for (const std::string& folder : folders) {
    const auto at = call.shell.place(folder, false);
    const Node* top = at ? call.shell.tree().find(*at) : nullptr;
    if (top == nullptr) {
      status = 1;
      continue;
    }
    std::vector<std::string> paths = {*at};
    const std::vector<std::string> below = call.shell.tree().below(*at);
    paths.insert(paths.end(), below.begin(), below.end());
    for (const std::string& path : paths) {
      const std::string rest = path.substr(at->size());
      const auto depth = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/'));
      const Node::Kind kind = call.shell.tree().find(path)->kind;
      const bool is_type = type.empty() || (type == "f" && kind == Node::Kind::file) ||
                           (type == "d" && kind == Node::Kind::directory) ||
                           (type == "l" && kind == Node::Kind::symlink);
      const std::string last = path.substr(path.rfind('/') + 1);
      if (is_type && depth <= deepest &&
          (name.empty() || fnmatch(name.c_str(), last.c_str(), 0) == 0)) {
        call.output += folder + rest + "\n";
      }
    }
  }
  return status;
}

}  // namespace

void add_file_commands(ShellCommands& commands) {
  commands.insert({{"cmp", compare},
                   {"cp", copy},
                   {"find", find},
                   {"install", install},
                   {"ln", link},
                   {"mkdir", make_directory},
                   {"mv", move},
                   {"readlink", read_link},
                   {"realpath", read_link},
                   {"rm", remove},
                   {"rmdir", remove_directory},
                   {"touch", touch}});
}

}  // namespace cartwheel::debian
