#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "oci/image.h"
#include "oci/json.h"
#include "util/error.h"

namespace cartwheel::oci {
namespace {

using core::Digest;
using util::Error;
using util::ErrorKind;

const std::string kHex(64, 'a');
const std::string kOciManifest = "application/vnd.oci.image.manifest.v1+json";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string manifest(
    const std::string& layer_type = "application/vnd.oci.image.layer.v1.tar+gzip") {
  return R"({"schemaVersion":2,"mediaType":")" + kOciManifest +
         R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:)" +
         kHex + R"(","size":7},"layers":[{"mediaType":")" + layer_type + R"(","digest":"sha256:)" +
         kHex + R"(","size":12,"annotations":{"k":"v"}}],"annotations":{"m":"n"}})";
}

std::string config() {
  return R"({"architecture":"amd64","os":"linux","created":"2024-01-31T12:00:00.5Z","docker_version":"20.10",
    "container_config":{"Hostname":"x","n":[1,-2,1.5,null,""]},"os.features":["f"],
    "config":{"Hostname":"","User":"u","Env":null,"Cmd":"lone","Entrypoint":["a"],"ArgsEscaped":true,"OnBuild":null,
      "Healthcheck":{"Test":["NONE"]},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},"Labels":{"l":"1"}},
    "history":[{"created_by":"x","created":"t"},{"empty_layer":true,"comment":"c"}],
    "rootfs":{"type":"layers","diff_ids":["sha256:)" +
         kHex + R"("]}})";
}

ErrorKind failure(const std::string& manifest_text,
                  const std::string& config_text,
                  std::string* message = nullptr) {
  try {
    parse_image(manifest_text, config_text);
  } catch (const Error& error) {
    if (message != nullptr) {
      *message = error.what();
    }
    return error.kind();
  }
  ADD_FAILURE() << "taken: " << manifest_text << config_text;
  return ErrorKind::internal;
}

TEST(ParseImage, GivesEveryField) {
  Image image = parse_image(manifest(), config());
  EXPECT_EQ(image.platform.str(), "linux/amd64");
  EXPECT_EQ(image.created, "2024-01-31T12:00:00.5Z");
  EXPECT_EQ(image.user, "u");
  EXPECT_THAT(image.env, testing::IsEmpty());
  EXPECT_THAT(image.cmd, testing::ElementsAre("lone"));
  EXPECT_THAT(image.entrypoint, testing::ElementsAre("a"));
  EXPECT_EQ(image.healthcheck, R"({"Test":["NONE"]})");
  EXPECT_THAT(image.exposed_ports, testing::ElementsAre("80/tcp"));
  EXPECT_THAT(image.volumes, testing::ElementsAre("/v"));
  EXPECT_EQ(image.labels.at("l"), "1");
  EXPECT_EQ(image.annotations.at("m"), "n");
  ASSERT_EQ(image.layers.size(), 1U);
  EXPECT_EQ(image.layers[0].descriptor.size, 12U);
  EXPECT_EQ(image.layers[0].descriptor.annotations.at("k"), "v");
  EXPECT_EQ(image.layers[0].diff_id.hex(), kHex);
  EXPECT_EQ(image.layers[0].blob, nullptr);
  ASSERT_EQ(image.history.size(), 2U);
  EXPECT_EQ(image.history[0].created_by, "x");
  EXPECT_TRUE(image.history[1].empty_layer);
}

TEST(ParseImage, KeepsMembersThatItHasNoFieldFor) {
  Image image = parse_image(manifest(), config());
  EXPECT_THAT(image.other,
              testing::ElementsAre(
                  testing::Pair("config.ArgsEscaped", "true"),
                  testing::Pair("container_config", R"({"Hostname":"x","n":[1,-2,1.5,null,""]})"),
                  testing::Pair("docker_version", R"("20.10")"),
                  testing::Pair("os.features", R"(["f"])")));
}

TEST(ParseImage, RoundTripGivesTheSameBytes) {
  Image image = parse_image(manifest(), config());
  std::string first = config_json(image);
  Image again = parse_image(manifest_json(image), first);
  EXPECT_EQ(config_json(again), first);
  EXPECT_EQ(manifest_json(again), manifest_json(image));
  EXPECT_THAT(first, testing::HasSubstr(R"("docker_version":"20.10")"));
}

TEST(ParseImage, DockerTypesBecomeThoseOfOci) {
  const std::pair<const char*, std::string_view> rows[] = {
      {"application/vnd.docker.image.rootfs.diff.tar.gzip", core::kLayerGzipType},
      {"application/vnd.docker.image.rootfs.diff.tar", core::kLayerTarType},
      {"application/vnd.docker.image.rootfs.diff.tar.zstd", core::kLayerZstdType},
      {"application/vnd.oci.image.layer.v1.tar+zstd", core::kLayerZstdType},
  };
  for (const auto& [found, wanted] : rows) {
    std::string text = replaced(
        manifest(found), kOciManifest, "application/vnd.docker.distribution.manifest.v2+json");
    text = replaced(text,
                    "application/vnd.oci.image.config.v1+json",
                    "application/vnd.docker.container.image.v1+json");
    EXPECT_EQ(parse_image(text, config()).layers[0].descriptor.media_type, wanted) << found;
  }
}

TEST(ParseImage, AddsTheHistoryThatIsMissing) {
  std::string text = replaced(config(), R"({"created_by":"x","created":"t"},)", "");
  Image image = parse_image(manifest(), text);
  ASSERT_EQ(image.history.size(), 2U);
  EXPECT_FALSE(image.history[1].empty_layer);
}

TEST(ParseImage, RefusesManifests) {
  const std::tuple<std::string, ErrorKind, const char*> rows[] = {
      {"", ErrorKind::malformed, "no JSON"},
      {manifest().substr(0, 100), ErrorKind::malformed, "no JSON"},
      {manifest() + "{}", ErrorKind::malformed, "no JSON"},
      {"[]", ErrorKind::malformed, "no JSON object"},
      {"{}", ErrorKind::unsupported, "schema version"},
      {R"({"schemaVersion":1})", ErrorKind::unsupported, "schema version"},
      {R"({"schemaVersion":2})", ErrorKind::malformed, "no 'config'"},
      {replaced(manifest(), kOciManifest, "application/vnd.oci.image.index.v1+json"),
       ErrorKind::unsupported,
       "image.index"},
      {replaced(manifest(), "image.config.v1", "empty.v1"), ErrorKind::unsupported, "empty.v1"},
      {replaced(manifest(), "\"size\":12", "\"size\":-1"), ErrorKind::malformed, "'size'"},
      {replaced(manifest(), "\"size\":12", "\"size\":1.5"), ErrorKind::malformed, "'size'"},
      {replaced(manifest(), "\"size\":12", "\"size\":99999999999999999999"),
       ErrorKind::malformed,
       "'size'"},
      {replaced(manifest(), "\"size\":12", "\"size\":\"12\""), ErrorKind::malformed, "'size'"},
      {replaced(manifest(), "\"k\":\"v\"", "\"k\":1"), ErrorKind::malformed, "'annotations'"},
      {replaced(manifest(), "\"k\":\"v\"", "\"k\":\"v\",\"k\":\"w\""),
       ErrorKind::malformed,
       "twice"},
      {replaced(manifest(), "sha256:aa", "sha256:AA"), ErrorKind::malformed, "digest"},
      {replaced(manifest(), "sha256:aa", "sha512:aa"), ErrorKind::unsupported, "sha512"},
      {replaced(manifest(), "\"m\":\"n\"", "\"m\":\"\xff\""), ErrorKind::malformed, "no JSON"},
      {manifest("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
       ErrorKind::unsupported,
       "handed on"},
      {manifest("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
       ErrorKind::unsupported,
       "handed on"},
      {manifest("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
       ErrorKind::unsupported,
       "encrypted"},
      {R"({"schemaVersion":)" + std::string(100000, '['), ErrorKind::malformed, "nested"},
  };
  for (const auto& [text, kind, part] : rows) {
    std::string message;
    EXPECT_EQ(failure(text, config(), &message), kind) << text.substr(0, 400);
    EXPECT_THAT(message, testing::HasSubstr(part));
  }
}

TEST(ParseImage, RefusesConfigs) {
  const std::tuple<std::string, ErrorKind, const char*> rows[] = {
      {"null", ErrorKind::malformed, "no JSON object"},
      {replaced(config(), "amd64", "s390x"), ErrorKind::unsupported, "linux/s390x"},
      {replaced(config(), "\"linux\"", "\"windows\""), ErrorKind::unsupported, "windows/amd64"},
      {replaced(config(), "\"os\":", "\"variant\":\"v3\",\"os\":"),
       ErrorKind::unsupported,
       "amd64/v3"},
      {replaced(config(), "\"layers\"", "\"wool\""), ErrorKind::malformed, "'wool'"},
      {replaced(config(), "\"rootfs\"", "\"roots\""), ErrorKind::malformed, "rootfs"},
      {replaced(config(), "\"sha256:" + kHex + "\"", ""), ErrorKind::malformed, "0 diff_ids"},
      {replaced(config(), "\"sha256:" + kHex + "\"", "1"), ErrorKind::malformed, "diff_ids"},
      {replaced(config(), "\"Env\":null", "\"Env\":{}"), ErrorKind::malformed, "'Env'"},
      {replaced(config(), "\"User\":\"u\"", "\"User\":0"), ErrorKind::malformed, "'User'"},
      {replaced(config(), "{\"80/tcp\":{}}", "[\"80/tcp\"]"),
       ErrorKind::malformed,
       "'ExposedPorts'"},
      {replaced(config(), "{\"Test\":[\"NONE\"]}", "3"), ErrorKind::malformed, "Healthcheck"},
      {replaced(config(), "\"empty_layer\":true", "\"empty_layer\":1"),
       ErrorKind::malformed,
       "empty_layer"},
      {replaced(config(), "\"empty_layer\":true", "\"empty_layer\":false"),
       ErrorKind::malformed,
       "history of 2"},
      {replaced(config(), "docker_version", "config.User"), ErrorKind::unsupported, "config.User"},
  };
  for (const auto& [text, kind, part] : rows) {
    std::string message;
    EXPECT_EQ(failure(manifest(), text, &message), kind) << text;
    EXPECT_THAT(message, testing::HasSubstr(part));
  }
}

TEST(ConfigDescriptor, IsThatOfTheManifest) {
  EXPECT_EQ(config_descriptor(manifest()).digest.hex(), kHex);
  EXPECT_EQ(config_descriptor(manifest()).size, 7U);
  EXPECT_THROW(config_descriptor("{}"), Error);
  EXPECT_THROW(config_descriptor("[]"), Error);
}

TEST(ParseIndex, KnowsOurPlatformsAndNamesOthers) {
  const std::tuple<std::string, std::string, std::string> rows[] = {
      {R"({"os":"linux","architecture":"amd64"})", "linux/amd64", ""},
      {R"({"os":"linux","architecture":"amd64","variant":"v2"})", "", "linux/amd64/v2"},
      {R"({"os":"linux","architecture":"arm64"})", "linux/arm64", ""},
      {R"({"os":"linux","architecture":"arm64","variant":"v8"})", "linux/arm64", ""},
      {R"({"os":"unknown","architecture":"unknown"})", "", "unknown/unknown"},
      {"null", "", ""},
  };
  for (const auto& [platform, ours, raw] : rows) {
    Index index = parse_index(
        R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[{)"
        R"("mediaType":"application/vnd.docker.distribution.manifest.v2+json","size":3,"digest":"sha256:)" +
        kHex + R"(","platform":)" + platform + "}]}");
    ASSERT_EQ(index.manifests.size(), 1U);
    const ManifestRef& ref = index.manifests[0];
    EXPECT_EQ(ref.platform ? ref.platform->str() : "", ours);
    EXPECT_EQ(ref.raw_platform, raw);
    EXPECT_EQ(ref.descriptor.media_type, "application/vnd.docker.distribution.manifest.v2+json");
  }
}

TEST(ParseIndex, RoundTripKeepsForeignPlatformsBehindOurs) {
  Index index;
  core::Descriptor descriptor{kOciManifest, Digest::of("x"), 1, {{"a", "b"}}};
  index.manifests = {{descriptor, std::nullopt, "linux/arm/v7"},
                     {descriptor, std::nullopt, ""},
                     {descriptor, core::Platform{core::Architecture::arm64}, ""}};
  std::string text = index_json(index);
  Index again = parse_index(text);
  EXPECT_EQ(index_json(again), text);
  ASSERT_EQ(again.manifests.size(), 3U);
  EXPECT_TRUE(again.manifests[0].platform.has_value());
  EXPECT_EQ(again.manifests[1].raw_platform, "linux/arm/v7");
  EXPECT_EQ(again.manifests[2].raw_platform, "");
  EXPECT_EQ(again.manifests[2].descriptor, descriptor);
}

TEST(ParseIndex, RefusesWhatIsNone) {
  for (const char* text :
       {"",
        "{",
        "[]",
        "{}",
        R"({"schemaVersion":2})",
        R"({"schemaVersion":2,"manifests":{}})",
        R"({"schemaVersion":2,"manifests":[1]})",
        R"({"schemaVersion":2,"manifests":[{}]})",
        R"({"schemaVersion":"2","manifests":[]})",
        R"({"schemaVersion":2,"mediaType":"application/json","manifests":[]})"}) {
    EXPECT_THROW(parse_index(text), Error) << text;
  }
}

TEST(Json, IsCanonical) {
  EXPECT_EQ(
      dump_json(parse_json(
          "{ \"b\" : [ 1 , true , null ] , \"a\" : \"\\u00fc\\/\\n\\u0001\", \"B\":\"\\u007f\" }",
          "x")),
      "{\"B\":\"\x7f\",\"a\":\"\xc3\xbc/\\n\\u0001\",\"b\":[1,true,null]}");
}

}  // namespace
}  // namespace cartwheel::oci
