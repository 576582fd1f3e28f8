#include "support/odd_wheels.h"

#include <array>
#include <functional>

#include "core/digest.h"
#include "support/wheel_builder.h"
#include "util/bytes.h"

namespace cartwheel::tests {

namespace {

using util::ErrorKind;

constexpr ErrorKind kMalformed = ErrorKind::malformed;
constexpr ErrorKind kRefused = ErrorKind::refused;
constexpr ErrorKind kUnsupported = ErrorKind::unsupported;

// Text that deflate makes a little smaller.
std::string text() {
  std::string out;
  for (int i = 0; i < 4000; ++i) {
    out += "x = " + std::to_string(i * i % 9973) + "\n";
  }
  return out;
}

WheelBuilder demo() { return WheelBuilder("demo", "1.0").file("demo.py", "x = 1\n"); }

WheelBuilder with(const std::function<void(ZipEntry&)>& change, std::string name = "odd.py") {
  ZipEntry entry{.name = std::move(name), .content = text()};
  change(entry);
  return demo().entry(entry);
}

WheelBuilder with_local(const std::function<void(ZipHeader&)>& change) {
  return with([&](ZipEntry& entry) { entry.local = change; });
}

WheelBuilder with_both(const std::function<void(ZipHeader&)>& change) {
  return with([&](ZipEntry& entry) { entry.local = entry.central = change; });
}

WheelBuilder with_raw(const std::string& raw) {
  return with([&](ZipEntry& entry) { entry.raw = raw; });
}

WheelBuilder with_zip(const std::function<void(ZipBuilder&)>& change) {
  WheelBuilder wheel = demo();
  wheel.change_zip(change);
  return wheel;
}

// A member whose name RECORD does not list, so that nothing but the zip reader minds it.
WheelBuilder named(const std::string& name) {
  return with_zip([name](ZipBuilder& zip) { zip.add(name, "y = 1\n"); });
}

WheelBuilder recorded(const std::string& of, const std::string& hash) {
  WheelBuilder wheel = demo();
  wheel.dist_info("RECORD",
                  "demo.py," + hash + ",6\n" + of +
                      "demo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/WHEEL,,\n"
                      "demo-1.0.dist-info/RECORD,,\n");
  return wheel;
}

std::string hash_of(const std::string& content) {
  return "sha256=" + util::base64url(core::Digest::of(content).bytes());
}

class Corpus {
 public:
  std::vector<OddWheel> all() {
    add_headers();
    add_content();
    add_names();
    add_places();
    add_dist_info();
    add_findings();
    return std::move(wheels_);
  }

 private:
  void refuse(const std::string& name,
              const WheelBuilder& wheel,
              ErrorKind kind,
              std::vector<std::string> says) {
    wheels_.push_back({.name = name,
                       .filename = wheel.filename(),
                       .bytes = wheel.bytes(),
                       .kind = kind,
                       .says = std::move(says)});
  }

  void take(const std::string& name, const WheelBuilder& wheel, const std::string& code) {
    wheels_.push_back({.name = name,
                       .filename = wheel.filename(),
                       .bytes = wheel.bytes(),
                       .taken = true,
                       .says = {code}});
  }

  // Local headers, central directory and end record that disagree.
  void add_headers() {
    const std::string odd = "member 'odd.py' at ";
    refuse("local-name",
           with_local([](ZipHeader& h) { h.name = "odb.py"; }),
           kMalformed,
           {odd, "another name in the local header"});
    refuse("local-method",
           with_local([](ZipHeader& h) { h.method = 0; }),
           kMalformed,
           {odd, "method is 0 in the local header"});
    refuse("local-crc",
           with_local([](ZipHeader& h) { h.crc32 ^= 1; }),
           kMalformed,
           {odd, "crc-32 is"});
    refuse(
        "local-size", with_local([](ZipHeader& h) { h.size -= 1; }), kMalformed, {odd, "size is"});
    refuse("local-flags",
           with_local([](ZipHeader& h) { h.flags ^= 0x800; }),
           kMalformed,
           {odd, "flags is"});
    refuse("descriptor-differs",
           with([](ZipEntry& entry) {
             entry.data_descriptor = true;
             entry.descriptor = [](ZipHeader& h) { h.size += 1; };
           }),
           kMalformed,
           {odd, "no data descriptor at"});
    refuse("hidden-member",
           with([](ZipEntry& entry) {
             entry.gap = ZipBuilder().add("hidden.py", "import os\n").bytes();
           }),
           kMalformed,
           {"local header at", "that the central directory does not have"});
    refuse("duplicate",
           named("demo.py"),
           kMalformed,
           {"member 'demo.py' at ", "the same path as the member at"});
    refuse("file-below-file",
           named("demo.py/x.py"),
           kMalformed,
           {"member 'demo.py/x.py' at ", "lies below 'demo.py', which is a file"});
    refuse("overlap",
           with([](ZipEntry& entry) {
             std::string inner = ZipBuilder().add("inner.py", "y = 1\n").bytes();
             entry.method = 0;
             entry.local =
                 entry.central = [](ZipHeader& h) { h.size = h.compressed_size = h.size + 40; };
           }),
           kMalformed,
           {odd, "overlap what begins at"});
    refuse("two-of-one-member",
           with_zip([](ZipBuilder& zip) {
             ZipEntry twin{.name = "demo.py", .content = "x = 1\n"};
             twin.central = [](ZipHeader& h) { h.offset = 0, h.name = "twin.py"; };
             zip.add(twin);
           }),
           kMalformed,
           {"overlap"});
    refuse("end-in-comment",
           with_zip([](ZipBuilder& zip) { zip.comment(ZipBuilder().bytes()); }),
           kMalformed,
           {"end record at", "inside the comment of another at"});
    refuse("bytes-after-end",
           with_zip([](ZipBuilder& zip) { zip.trailing("more"); }),
           kMalformed,
           {"no end record whose comment ends"});
    refuse("several-disks",
           with_zip([](ZipBuilder& zip) { zip.end([](ZipEnd& end) { end.disk = 1; }); }),
           kUnsupported,
           {"several disks"});
    refuse("entries-miscounted",
           with_zip([](ZipBuilder& zip) {
             zip.end([](ZipEnd& end) { end.entries = end.entries_on_disk = end.entries - 1; });
           }),
           kMalformed,
           {"bytes left in the central directory"});
  }

  // Content that is not what the headers say.
  void add_content() {
    const std::string odd = "member 'odd.py' at ";
    const std::string deflated = deflate_raw(text());
    refuse("crc-differs",
           with_both([](ZipHeader& h) { h.crc32 ^= 1; }),
           ErrorKind::integrity,
           {odd, "CRC-32"});
    refuse("larger-than-said",
           with_both([](ZipHeader& h) { h.size -= 1; }),
           kMalformed,
           {odd, "inflates to more than the"});
    refuse("smaller-than-said",
           with_both([](ZipHeader& h) { h.size += 1; }),
           kMalformed,
           {odd, "bytes, and declares"});
    refuse("stored-sizes-differ",
           with([](ZipEntry& entry) {
             entry.method = 0;
             entry.local = entry.central = [](ZipHeader& h) { h.size -= 1; };
           }),
           kMalformed,
           {odd, "stored, with"});
    refuse("deflate-broken", with_raw("\x06" + deflated.substr(1)), kMalformed, {odd});
    refuse("deflate-cut", with_raw(deflated.substr(0, deflated.size() / 2)), kMalformed, {odd});
    refuse("bytes-after-stream", with_raw(deflated + "x"), kMalformed, {odd});
    refuse("ratio-bomb",
           with_both([](ZipHeader& h) { h.size = std::uint64_t{1} << 40, h.zip64 = true; }),
           kMalformed,
           {odd, "more than deflate can"});
    refuse("encrypted",
           with_both([](ZipHeader& h) { h.flags |= 1; }),
           kUnsupported,
           {odd, "encrypted"});
    refuse("method-lzma",
           with([](ZipEntry& entry) { entry.method = 14; }),
           kUnsupported,
           {odd, "compression method 14"});
    refuse("method-zstd",
           with([](ZipEntry& entry) { entry.method = 93; }),
           kUnsupported,
           {odd, "compression method 93"});
    refuse("symlink",
           with([](ZipEntry& entry) {
             entry.mode = 0120777;
             entry.content = "/etc/passwd";
           }),
           kRefused,
           {odd, "symbolic link"});
    refuse("device",
           with([](ZipEntry& entry) { entry.mode = 0020644; }),
           kRefused,
           {odd, "neither file nor directory"});
    refuse("file-with-folder-mode",
           with([](ZipEntry& entry) { entry.mode = 0040755; }),
           kMalformed,
           {odd, "mode of a directory, name of a file"});
    refuse("record-hash-512",
           recorded("", "sha512=" + std::string(86, 'A')),
           kMalformed,
           {"member 'demo.py' at ", "RECORD has sha512=AAAA"});
    refuse("record-hash",
           recorded("", hash_of("x = 2\n")),
           kMalformed,
           {"member 'demo.py' at ", "RECORD has " + hash_of("x = 2\n"), hash_of("x = 1\n")});
  }

  // Paths that lead elsewhere.
  void add_names() {
    for (const auto& [name, path, says] : std::vector<std::array<std::string, 3>>{
             {"absolute", "/tmp/evil.py", "absolute path"},
             {"up", "../evil.py", "component '..'"},
             {"inner-up", "demo/../../evil.py", "component '..'"},
             {"dot", "./evil.py", "component '.'"},
             {"empty-component", "demo//evil.py", "component ''"},
             {"backslash", "demo\\evil.py", "backslash"},
             {"drive", "C:/evil.py", "drive"},
             {"nul", std::string("demo\0evil.py", 12), "NUL"},
             {"newline", "demo\nevil.py", "control character"}}) {
      refuse(name, named(path), kRefused, {"member '", "' at ", says});
    }
    refuse("invisible",
           named("demo\xe2\x80\xaeyp.py"),
           kRefused,
           {"member '", "' at ", "a letter that is not seen"});
    refuse("not-utf8", named("demo\xff.py"), kMalformed, {"' at ", "not valid UTF-8"});
    refuse("utf8-not-marked",
           with(
               [](ZipEntry& entry) {
                 entry.local = entry.central = [](ZipHeader& h) { h.flags &= 0xf7ff; };
               },
               "d\xc3\xa9mo.py"),
           kMalformed,
           {"' at ", "not marked as UTF-8"});
    refuse("name-too-long", named(std::string(256, 'n')), kRefused, {"255"});
  }

  // Files that would take another's place.
  void add_places() {
    refuse("data-unknown-scheme",
           demo().file("demo-1.0.data/etc/x", "x"),
           kMalformed,
           {"wanted purelib, platlib, scripts, headers or data"});
    refuse("data-no-scheme",
           demo().file("demo-1.0.data/scripts", "x"),
           kMalformed,
           {"wanted purelib"});
    refuse("scripts-folder",
           demo().file("demo-1.0.data/scripts/a/b", "x"),
           kMalformed,
           {"a folder among the scripts"});
    refuse("script-python",
           demo().file("demo-1.0.data/scripts/python3", "#!python\n"),
           kRefused,
           {"would replace the interpreter"});
    refuse("data-python",
           demo().file("demo-1.0.data/data/bin/python3.11", "x"),
           kRefused,
           {"would replace the interpreter"});
    refuse("data-python-folder",
           demo().file("demo-1.0.data/data/bin/python3.11/x", "x"),
           kRefused,
           {"would replace the interpreter"});
    refuse("data-bin",
           demo().file("demo-1.0.data/data/bin", "x"),
           kRefused,
           {"would replace the interpreter"});
    refuse(
        "data-pyvenv", demo().file("demo-1.0.data/data/pyvenv.cfg", "x"), kRefused, {"pyvenv.cfg"});
    refuse("purelib-twice",
           demo().file("demo-1.0.data/purelib/demo.py", "y"),
           kRefused,
           {"would be one file"});
    refuse("data-twice",
           demo().file("demo-1.0.data/data/lib/python3.11/site-packages/demo.py", "y"),
           kRefused,
           {"two files would be"});
    refuse("purelib-file-folder",
           demo().file("demo-1.0.data/purelib/demo.py/x", "y"),
           kRefused,
           {"and other files lie below it"});
    refuse("entry-point-up",
           demo().console_script("../x", "demo:main"),
           kMalformed,
           {"no name of a file"});
    for (const auto& [name, text, says] : std::vector<std::array<std::string, 3>>{
             {"entry-point-twice", "[console_scripts]\nx = a:b\nx = a:c\n", "a second time"},
             {"entry-point-comment", "[console_scripts]\nx = a:b # c\n", "wanted MODULE"},
             {"entry-point-goes-on", "[console_scripts]\nx = a:b\n  y = a:b\n", "wanted MODULE"},
             {"entry-points-no-section", "x = a:b\n", "wanted a section"},
             {"entry-points-not-utf8", "[x]\ny = \xe9\n", "no UTF-8"}}) {
      refuse(name, demo().dist_info("entry_points.txt", text), kMalformed, {says});
    }
    refuse("entry-point-python",
           demo().console_script("python", "demo:main"),
           kMalformed,
           {"would replace the interpreter"});
  }

  // A .dist-info folder that is not this wheel's.
  void add_dist_info() {
    refuse("no-dist-info",
           demo().without("METADATA").without("WHEEL").without("RECORD"),
           kMalformed,
           {"wanted one .dist-info folder, found none"});
    refuse("two-dist-infos",
           demo().file("other-1.0.dist-info/METADATA", "x"),
           kMalformed,
           {"found demo-1.0.dist-info, other-1.0.dist-info"});
    for (const char* file : {"METADATA", "WHEEL", "RECORD"}) {
      refuse(std::string("no-") + file,
             demo().without(file),
             kMalformed,
             {std::string("demo-1.0.dist-info has no ") + file});
    }
    refuse("other-name",
           demo().dist_info("METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"),
           kMalformed,
           {"its name says 'demo', its content 'other'"});
    refuse("other-version",
           demo().dist_info("METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n"),
           kMalformed,
           {"'1.0', its METADATA '2.0'"});
    refuse("no-version",
           demo().dist_info("METADATA", "Metadata-Version: 2.1\nName: demo\n"),
           kMalformed,
           {"no field 'Version'"});
    refuse(
        "wheel-2.0",
        demo().dist_info("WHEEL", "Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        kUnsupported,
        {"Wheel-Version 2.0"});
    refuse("record-broken", demo().dist_info("RECORD", "\"x\n"), kMalformed, {"RECORD: line"});
    refuse("record-not-utf8",
           demo().dist_info("RECORD", "caf\xe9.txt,,\n"),
           kMalformed,
           {"RECORD: is no UTF-8"});
  }

  // What real wheels do.
  void add_findings() {
    take("tags-differ",
         demo().dist_info("WHEEL",
                          "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: cp311-cp311-any\n"),
         "tags-differ");
    take("record-lacks-file", named("demo_extra.py"), "record-missing");
    take("record-invents-file",
         recorded("gone.py," + hash_of("x") + ",1\n", hash_of("x = 1\n")),
         "record-extra");
    take("record-size",
         demo().dist_info("RECORD", "demo.py," + hash_of("x = 1\n") + ",7\n"),
         "record-size");
    take("record-no-hash", recorded("", ""), "record-hash-missing");
    take("case-twins", demo().file("Demo.py", "x = 2\n"), "case-twins");
  }

  std::vector<OddWheel> wheels_;
};

}  // namespace

std::vector<OddWheel> odd_wheels() { return Corpus().all(); }

}  // namespace cartwheel::tests
