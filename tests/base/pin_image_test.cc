#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base.h"
#include "base/sample_image.h"
#include "transport/transport.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::base {
namespace {

using testing::HasSubstr;
using tests::interpreter;
using tests::least_root;
using util::Error;
using util::ErrorKind;

const core::Platform kAmd64{core::Architecture::amd64};
const core::Platform kArm64{core::Architecture::arm64};

// A project folder with a layout "base" beside it.
class ImageBase : public testing::Test {
 protected:
  util::TempDir folder_;
  std::filesystem::path project_ = folder_.path() / "app";
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  std::unique_ptr<net::Http> http_ = net::make_offline_http();

  Context context() {
    return {.http = *http_,
            .store = *store_,
            .progress = util::silent_progress(),
            .project = project_,
            .threads = 2,
            .offline = true};
  }
  // Writes the layout; its one image has this Python.
  void write_base(const std::string& python, std::string_view type = core::kLayerGzipType) {
    std::filesystem::create_directories(project_);
    oci::Image image;
    image.platform = kAmd64;
    image.created = "2024-01-31T12:00:00Z";
    tests::TarBuilder root = least_root();
    root.file("usr/bin/python3.11", interpreter(python), 0755)
        .symlink("usr/bin/python3", "python3.11");
    image.layers = {tests::layer_of(root.bytes(), type)};
    image.history = {{"2024-01-31T12:00:00Z", "made", "", "", false}};
    auto sink = transport::make_sink(
        transport::Reference::parse("oci:" + (folder_.path() / "base").string() + ":latest"),
        {},
        util::silent_progress());
    sink->write(oci::build_index({image}, {}));
  }
};

TEST_F(ImageBase, IsPinnedByItsManifest) {
  write_base("3.11.2");
  lock::BasePin pinned = pin("oci:../base", kAmd64, context());
  EXPECT_EQ(pinned.kind, "image");
  EXPECT_EQ(pinned.name, "oci:../base");
  EXPECT_EQ(pinned.facts.python, "3.11.2");
  EXPECT_EQ(pinned.facts, expected_facts("oci:../base", kAmd64, project_));
  oci::Image image = compose(pinned, "oci:../base", core::Compression::splice, context());
  ASSERT_EQ(image.layers.size(), 1U);
  EXPECT_EQ(image.created, "2024-01-31T12:00:00Z");
}

TEST_F(ImageBase, AnotherImageUnderTheNameIsRefused) {
  write_base("3.11.2");
  lock::BasePin pinned = pin("oci:../base", kAmd64, context());
  write_base("3.11.9");
  try {
    compose(pinned, "oci:../base", core::Compression::splice, context());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_THAT(error.what(), HasSubstr("cartwheel base pin"));
  }
}

TEST_F(ImageBase, OtherCompressionIsConverted) {
  write_base("3.11.2", core::kLayerZstdType);
  lock::BasePin pinned = pin("oci:../base", kAmd64, context());
  oci::Image image = compose(pinned, "oci:../base", core::Compression::splice, context());
  EXPECT_EQ(image.layers[0].descriptor.media_type, core::kLayerGzipType);
}

TEST_F(ImageBase, PlatformMustBeThere) {
  write_base("3.11.2");
  EXPECT_THROW(pin("oci:../base", kArm64, context()), Error);
  EXPECT_THROW(pin("oci:../elsewhere", kAmd64, context()), Error);
  EXPECT_THROW(pin("oci:../base:no-such-tag", kAmd64, context()), Error);
}

TEST(IsImageReference, KnowsTheTransports) {
  EXPECT_TRUE(is_image_reference("oci:base"));
  EXPECT_TRUE(is_image_reference("oci-archive:base.tar"));
  EXPECT_TRUE(is_image_reference("docker-archive:base.tar"));
  EXPECT_FALSE(is_image_reference("debian12-python3.11"));
  EXPECT_FALSE(is_image_reference("./oci.toml"));
}

}  // namespace
}  // namespace cartwheel::base
