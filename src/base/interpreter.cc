#include "base/interpreter.h"

#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/layer_key.h"
#include "base/python_files.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/file.h"
#include "util/subprocess.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr const char* kDescribe = R"script(
import sys, _frozen_importlib_external as external
version = sys.version_info
end = "" if version.releaselevel == "final" else version.releaselevel[0] + str(version.serial)
print("%d.%d.%d%s" % (version[0], version[1], version[2], end))
print(sys.version.replace("\n", " "))
print(int.from_bytes(external.MAGIC_NUMBER[:2], "little"))
print(sys.implementation.cache_tag)
)script";

// Reads a count, then for each source the length of its path, the path, its length, itself; writes
// for each the length of its .pyc, or 0, and itself. All numbers have 8 bytes.
//
// What marshal writes depends on how many references an object has, and thereby on all that the
// process has compiled before: so each source is compiled in a process of its own, which begins as
// all others do.
constexpr const char* kCompile = R"script(
import sys, marshal, posix, gc, _imp, _frozen_importlib_external as external


def bytes_of(count):
    data = sys.stdin.buffer.read(count)
    if len(data) != count: raise EOFError
    return data


def number(): return int.from_bytes(bytes_of(8), "little")


def pyc(path, source):
    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    magic = external.MAGIC_NUMBER
    key = int.from_bytes(magic, "little")
    return magic + b"\1\0\0\0" + _imp.source_hash(key, source) + marshal.dumps(code)


def child(path, source, out):
    status = 1
    try:
        data = pyc(path, source)
        done = 0
        while done < len(data): done += posix.write(out, data[done:done+65536])
        status = 0
    except (SyntaxError, ValueError, OverflowError, RecursionError):
        status = 2
    finally:
        posix._exit(status)


def compiled(path, source):
    ours, theirs = posix.pipe()
    process = posix.fork()
    if process == 0:
        posix.close(ours)
        child(path, source, theirs)
    posix.close(theirs)
    data = []
    while True:
        piece = posix.read(ours, 65536)
        if not piece: break
        data.append(piece)
    posix.close(ours)
    status = posix.waitpid(process, 0)[1]
    if status == 512: return b""
    if status != 0: raise OSError("%s: status %d" % (path, status))
    return b"".join(data)


gc.disable()
for _ in range(number()):
    path = bytes_of(number()).decode("utf-8", "surrogateescape")
    result = compiled(path, bytes_of(number()))
    sys.stdout.buffer.write(len(result).to_bytes(8, "little") + result)
sys.stdout.buffer.flush()
)script";

void put_text(std::string& out, const std::string& text) {
  util::put_u64(out, text.size());
  out += text;
}

std::string record_key(const lock::BasePin& pin) {
  std::string key =
      pin.kind == "image" ? pin.digest : composed_layer_key(pin, core::Compression::splice);
  if (pin.archive) {
    key += " " + pin.archive->sha256.hex();
  }
  return "python of base " + key;
}

std::optional<layer::Bytecode> parse(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  try {
    return layer::Bytecode{.python = json.at("python").get<std::string>(),
                           .build = json.at("build").get<std::string>(),
                           .magic = json.at("magic").get<unsigned>(),
                           .tag = json.at("tag").get<std::string>()};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

struct Interpreter::Files {
  util::TempDir folder;
  std::vector<std::string> command;
};

Interpreter::Interpreter(std::string place,
                         core::Platform platform,
                         std::string python_path,
                         std::function<oci::Image()> image,
                         std::size_t processes)
    : place_(std::move(place)),
      platform_(platform),
      python_path_(std::move(python_path)),
      image_(std::move(image)),
      free_processes_(static_cast<std::ptrdiff_t>(std::max<std::size_t>(processes, 1))) {}

Interpreter::~Interpreter() = default;

const Interpreter::Files& Interpreter::files() {
  std::call_once(once_, [&] {
    auto files = std::make_unique<Files>();
    files->command =
        write_python_files(image_(), platform_, python_path_, place_, files->folder.path());
    std::filesystem::create_directory(files->folder.path() / "empty");
    files_ = std::move(files);
  });
  return *files_;
}

// Nothing of the user's environment reaches it; the seed is one, because 3.10 writes sets in the
// order of their hashes.
std::string Interpreter::run(const std::string& script, std::string input) {
  const Files& own = files();
  util::Subprocess subprocess;
  subprocess.command = own.command;
  for (const char* option : {"-s", "-S", "-B", "-Wignore", "-c"}) {
    subprocess.command.emplace_back(option);
  }
  subprocess.command.push_back(script);
  subprocess.folder = own.folder.path() / "empty";
  subprocess.environment = {{"LC_ALL", "C"}, {"PYTHONHASHSEED", "0"}, {"PYTHONUTF8", "1"}};
  subprocess.inherits = false;
  subprocess.input = std::move(input);
  free_processes_.acquire();
  util::SubprocessResult result;
  try {
    result = util::run(subprocess);
  } catch (...) {
    free_processes_.release();
    throw;
  }
  free_processes_.release();
  if (result.status != 0) {
    const std::string error(util::trim(result.error));
    throw Error(ErrorKind::io,
                fmt::format("{}: its Python, run to compile, ended with status {}: {}",
                            place_,
                            result.status,
                            error.substr(error.rfind('\n') + 1)));
  }
  return std::move(result.output);
}

layer::Bytecode Interpreter::describe() {
  const std::string output = run(kDescribe, "");
  const std::vector<std::string_view> lines = util::lines(output);
  if (lines.size() < 4) {
    throw Error(ErrorKind::io, place_ + ": its Python does not say which it is");
  }
  return {.python = std::string(lines[0]),
          .build = std::string(lines[1]),
          .magic = static_cast<unsigned>(std::stoul(std::string(lines[2]))),
          .tag = std::string(lines[3])};
}

std::vector<std::string> Interpreter::compile(const std::vector<layer::PythonSource>& sources) {
  std::string input;
  util::put_u64(input, sources.size());
  for (const layer::PythonSource& source : sources) {
    put_text(input, source.path);
    put_text(input, source.text);
  }
  const std::string output = run(kCompile, std::move(input));
  util::ByteReader reader(util::as_bytes(output), place_ + ": what its Python compiled");
  std::vector<std::string> compiled;
  compiled.reserve(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    compiled.emplace_back(util::as_text(reader.take(static_cast<std::size_t>(reader.u64()))));
  }
  return compiled;
}

layer::Bytecode bytecode_of(const lock::BasePin& pin, Interpreter& python, store::Store& store) {
  const std::string key = record_key(pin);
  if (const std::optional<std::string> text = store.find_record(store::RecordKind::alias, key)) {
    if (std::optional<layer::Bytecode> known = parse(*text)) {
      return *known;
    }
  }
  layer::Bytecode bytecode = python.describe();
  const nlohmann::json json{{"python", bytecode.python},
                            {"build", bytecode.build},
                            {"magic", bytecode.magic},
                            {"tag", bytecode.tag}};
  store.put_record(store::RecordKind::alias, key, json.dump());
  return bytecode;
}

}  // namespace cartwheel::base
