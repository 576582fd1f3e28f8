#include "sample.h"

namespace cartwheel::transport {
namespace {

using util::ErrorKind;

TEST(Reference, IsReadAndPrinted) {
  const std::array<std::array<const char*, 5>, 8> rows{{
      {"oci:out", "oci", "out", "", "oci:out"},
      {"oci:/a/b:latest", "oci", "/a/b", "latest", "oci:/a/b:latest"},
      {"oci:out:v1.2-rc_1+x/y", "oci", "out", "v1.2-rc_1+x/y", "oci:out:v1.2-rc_1+x/y"},
      {"oci-archive:a.tar", "oci-archive", "a.tar", "", "oci-archive:a.tar"},
      {"oci-archive:a.tar:localhost/demo:1",
       "oci-archive",
       "a.tar",
       "localhost/demo:1",
       "oci-archive:a.tar:localhost/demo:1"},
      {"docker-archive:a.tar", "docker-archive", "a.tar", "", "docker-archive:a.tar"},
      {"docker-archive:a.tar:demo",
       "docker-archive",
       "a.tar",
       "demo:latest",
       "docker-archive:a.tar:demo:latest"},
      {"docker-archive:a.tar:host:5000/a/demo:V1",
       "docker-archive",
       "a.tar",
       "host:5000/a/demo:V1",
       "docker-archive:a.tar:host:5000/a/demo:V1"},
  }};
  for (const auto& [text, transport, path, tag, printed] : rows) {
    Reference reference = Reference::parse(text);
    EXPECT_EQ(reference.transport, transport);
    EXPECT_EQ(reference.path, path);
    EXPECT_EQ(reference.tag, tag);
    EXPECT_EQ(reference.str(), printed);
    EXPECT_EQ(Reference::parse(printed).str(), printed);
  }
}

TEST(Reference, RefusesOthersAndSaysWhichThereAre) {
  for (const char* text : {"",
                           "out",
                           "oci",
                           "dir:out",
                           "docker://x",
                           "OCI:out",
                           "oci:",
                           "oci::latest",
                           "oci:out:",
                           "oci:out:-x",
                           "oci:out:x-",
                           "oci:out:a b",
                           "oci:out:a//b",
                           "oci:out:a..b",
                           "docker-archive:a.tar:Demo:1",
                           "docker-archive:a.tar:demo:",
                           "docker-archive:a.tar:a@b:1",
                           "docker-archive:a.tar::1"}) {
    expect_error(ErrorKind::usage, "", [&] { Reference::parse(text); });
  }
  expect_error(
      ErrorKind::usage, "docker-archive:FILE[:NAME:TAG]", [] { Reference::parse("ftp:x"); });
}

}  // namespace
}  // namespace cartwheel::transport
