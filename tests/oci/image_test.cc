#include "oci/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::oci {
namespace {

using core::Digest;
using util::Error;
using util::ErrorKind;

const core::Platform kAmd64{core::Architecture::amd64};
const core::Platform kArm64{core::Architecture::arm64};

Layer layer(const std::string& text) {
  auto blob = std::make_shared<core::TextBlob>(text);
  return {{std::string(core::kLayerGzipType),
           blob->digest(),
           blob->size(),
           {{"dev.cartwheel.kind", "wheel"}}},
          Digest::of("tar of " + text),
          blob};
}

Image small(const core::Platform& platform) {
  Image image;
  image.platform = platform;
  image.created = "2024-01-31T12:00:00Z";
  image.layers = {layer("one")};
  image.history = {{"2024-01-31T12:00:00Z", "cartwheel: six 1.16.0", "", "", false}};
  return image;
}

Image full() {
  Image image = small(kArm64);
  image.user = "65532:65532";
  image.working_dir = "/app";
  image.stop_signal = "SIGTERM";
  image.env = {"PATH=/opt/venv/bin:/usr/bin", "B=2", "A=ü \"1\""};
  image.entrypoint = {"python", "-m", "app"};
  image.cmd = {"--help"};
  image.exposed_ports = {"8000/tcp", "53/udp"};
  image.volumes = {"/data"};
  image.labels = {{"z", "1"}, {"a", "2"}};
  image.healthcheck = R"({ "Test": ["CMD", "true"], "Interval": 1000 })";
  image.history.push_back({"", "ENV A", "me", "note", true});
  image.annotations = {{"org.opencontainers.image.title", "app"}};
  image.descriptor_annotations = {{"dev.cartwheel.accelerator", "cpu"}};
  image.other = {{"author", R"("somebody")"}, {"config.OnBuild", R"(["RUN x"])"}};
  return image;
}

template <typename Call>
ErrorKind kind_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::usage;
}

TEST(Config, HasExactlyTheseBytes) {
  EXPECT_EQ(
      config_json(full()),
      R"({"architecture":"arm64","author":"somebody","config":{"Cmd":["--help"],"Entrypoint":["python","-m","app"],)"
      R"("Env":["PATH=/opt/venv/bin:/usr/bin","B=2","A=ü \"1\""],"ExposedPorts":{"53/udp":{},"8000/tcp":{}},)"
      R"("Healthcheck":{"Interval":1000,"Test":["CMD","true"]},"Labels":{"a":"2","z":"1"},"OnBuild":["RUN x"],)"
      R"("StopSignal":"SIGTERM","User":"65532:65532","Volumes":{"/data":{}},"WorkingDir":"/app"},)"
      R"("created":"2024-01-31T12:00:00Z","history":[{"created":"2024-01-31T12:00:00Z",)"
      R"("created_by":"cartwheel: six 1.16.0"},{"author":"me","comment":"note","created_by":"ENV A",)"
      R"("empty_layer":true}],"os":"linux","rootfs":{"diff_ids":[)"
      R"("sha256:)" +
          Digest::of("tar of one").hex() + R"("],"type":"layers"},"variant":"v8"})");
}

TEST(Config, LeavesOutWhatIsEmptyButNotDiffIds) {
  EXPECT_EQ(config_json(Image{}),
            R"({"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[],"type":"layers"}})");
}

TEST(Config, OwnFieldsWinOverMembersOfTheBase) {
  Image image;
  image.user = "1000";
  image.other = {{"os", R"("plan9")"}, {"config.User", R"("0")"}};
  EXPECT_EQ(
      config_json(image),
      R"({"architecture":"amd64","config":{"User":"1000"},"os":"linux","rootfs":{"diff_ids":[],"type":"layers"}})");
}

TEST(Config, RefusesTextThatIsNotUtf8) {
  Image image;
  image.user = "\xff";
  EXPECT_EQ(kind_of([&] { config_json(image); }), ErrorKind::malformed);
}

TEST(Manifest, HasExactlyTheseBytes) {
  Image image = full();
  std::string config = config_json(image);
  EXPECT_EQ(manifest_json(image),
            R"({"annotations":{"org.opencontainers.image.title":"app"},"config":{"digest":")" +
                Digest::of(config).str() +
                R"(","mediaType":"application/vnd.oci.image.config.v1+json","size":)" +
                std::to_string(config.size()) +
                R"(},"layers":[{"annotations":{"dev.cartwheel.kind":"wheel"},"digest":")" +
                Digest::of("one").str() +
                R"(","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":3}],)"
                R"("mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2})");
}

TEST(Manifest, HasLayersEvenWhenThereAreNone) {
  EXPECT_THAT(manifest_json(Image{}), testing::HasSubstr(R"("layers":[],)"));
}

TEST(Index, HasExactlyTheseBytesInOrderOfPlatform) {
  BuiltIndex built = build_index({full(), small(kAmd64)}, {{"k", "v"}});
  ASSERT_EQ(built.images.size(), 2U);
  EXPECT_EQ(built.images[0].image.platform, kAmd64);
  core::Descriptor amd64 = built.images[0].descriptor();
  core::Descriptor arm64 = built.images[1].descriptor();
  EXPECT_EQ(amd64.digest, Digest::of(built.images[0].manifest->text()));
  EXPECT_EQ(
      built.blob->text(),
      R"({"annotations":{"k":"v"},"manifests":[{"digest":")" + amd64.digest.str() +
          R"(","mediaType":"application/vnd.oci.image.manifest.v1+json","platform":{"architecture":"amd64",)"
          R"("os":"linux"},"size":)" +
          std::to_string(amd64.size) +
          R"(},{"annotations":{"dev.cartwheel.accelerator":"cpu"},"digest":")" +
          arm64.digest.str() +
          R"(","mediaType":"application/vnd.oci.image.manifest.v1+json","platform":{"architecture":"arm64",)"
          R"("os":"linux","variant":"v8"},"size":)" +
          std::to_string(arm64.size) +
          R"(}],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2})");
}

TEST(Index, RefusesOnePlatformTwice) {
  EXPECT_EQ(kind_of([] { build_index({small(kArm64), small(kArm64)}, {}); }), ErrorKind::internal);
}

TEST(Index, TakesLayersWhoseBytesAreNotAtHand) {
  Image image = small(kAmd64);
  image.layers[0].blob = nullptr;
  EXPECT_EQ(build_index({image}, {}).blob->text(), build_index({small(kAmd64)}, {}).blob->text());
}

TEST(SetEnv, KeepsThePlace) {
  Image image;
  image.env = {"PATH=/bin", "PATHS=x", "A=1"};
  set_env(image, "PATH", "/sbin");
  set_env(image, "B", "");
  EXPECT_THAT(image.env, testing::ElementsAre("PATH=/sbin", "PATHS=x", "A=1", "B="));
}

TEST(Check, TakesAWholeImage) { EXPECT_NO_THROW(check(full())); }

TEST(Check, NamesWhatIsWrong) {
  struct Row {
    const char* message;
    void (*damage)(Image&);
  };
  const Row rows[] = {
      {"has no bytes", [](Image& image) { image.layers[0].blob = nullptr; }},
      {"has the bytes of", [](Image& image) { image.layers[0].blob = layer("two").blob; }},
      {"of 4 bytes has the bytes of", [](Image& image) { image.layers[0].descriptor.size = 4; }},
      {"history of 0 layers", [](Image& image) { image.history.clear(); }},
      {"history of 2 layers", [](Image& image) { image.history.emplace_back(); }},
      {"121 layers: at most 120",
       [](Image& image) {
         image.layers.resize(121, image.layers[0]);
         image.history.resize(121);
       }},
      {"has type 'text/plain'",
       [](Image& image) { image.layers[0].descriptor.media_type = "text/plain"; }},
      {"another diff_id",
       [](Image& image) { image.layers[0].descriptor.media_type = core::kLayerTarType; }},
      {"env '=x'", [](Image& image) { image.env = {"=x"}; }},
      {"'app' is not absolute", [](Image& image) { image.working_dir = "app"; }},
      {"port 'http'", [](Image& image) { image.exposed_ports = {"http"}; }},
      {"port '80/ip'", [](Image& image) { image.exposed_ports = {"80/ip"}; }},
      {"created 'today'", [](Image& image) { image.created = "today"; }},
      {"created '2024-01-31T12:00:00.5Z'",
       [](Image& image) { image.created = "2024-01-31T12:00:00.5Z"; }},
  };
  for (const Row& row : rows) {
    Image image = small(kAmd64);
    row.damage(image);
    try {
      check(image);
      ADD_FAILURE() << row.message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::internal);
      EXPECT_THAT(error.what(), testing::HasSubstr(row.message));
    }
  }
}

}  // namespace
}  // namespace cartwheel::oci
