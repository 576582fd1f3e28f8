#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oci/image.h"
#include "transport/transport.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::transport {

inline const core::Platform kAmd64{core::Architecture::amd64};
inline const core::Platform kArm64{core::Architecture::arm64};

// A plain tar with one file.
inline std::string one_file_tar(const std::string& content) {
  std::string header(512, '\0');
  header.replace(0, 5, "hello");
  header.replace(100, 7, "0000644");
  header.replace(124, 11, "00000000000");
  std::string size(12, '\0');
  std::snprintf(size.data(), size.size(), "%011o", static_cast<unsigned>(content.size()));
  header.replace(124, 11, size, 0, 11);
  header.replace(136, 11, "00000000000");
  header.replace(148, 8, "        ");
  header[156] = '0';
  header.replace(257,
                 8,
                 std::string("ustar\0"
                             "00",
                             8));
  unsigned sum = 0;
  for (char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  std::snprintf(header.data() + 148, 8, "%06o", sum);
  std::string out = header + content;
  out.resize((out.size() + 511) / 512 * 512 + 1024, '\0');
  return out;
}

inline oci::Layer tar_layer(const std::string& content) {
  auto blob = std::make_shared<core::TextBlob>(one_file_tar(content));
  return {
      {std::string(core::kLayerTarType), blob->digest(), blob->size(), {}}, blob->digest(), blob};
}

inline oci::Image sample_image(const core::Platform& platform,
                               const std::string& content = "content") {
  oci::Image image;
  image.platform = platform;
  image.created = "2024-01-31T12:00:00Z";
  image.user = "65532";
  image.layers = {tar_layer("shared"), tar_layer(content + platform.str())};
  image.history = {{"2024-01-31T12:00:00Z", "cartwheel: base", "", "", false},
                   {"2024-01-31T12:00:00Z", "cartwheel: six 1.16.0", "", "", false}};
  return image;
}

inline oci::BuiltIndex two_platforms(const std::string& content = "content") {
  return oci::build_index({sample_image(kAmd64, content), sample_image(kArm64, content)},
                          {{"org.opencontainers.image.title", "demo"}});
}

inline oci::BuiltIndex one_platform(const std::string& content = "content") {
  return oci::build_index({sample_image(kAmd64, content)},
                          {{"org.opencontainers.image.title", "demo"}});
}

inline std::vector<core::Descriptor> descriptors_of(const oci::BuiltIndex& index) {
  std::vector<core::Descriptor> out;
  for (const oci::BuiltImage& built : index.images) {
    out.push_back(built.descriptor());
    out.push_back(
        {std::string(core::kConfigType), built.config->digest(), built.config->size(), {}});
    for (const oci::Layer& layer : built.image.layers) {
      out.push_back(layer.descriptor);
    }
  }
  return out;
}

inline std::unique_ptr<ImageSink> sink(const std::string& reference,
                                       const SinkOptions& options = {}) {
  return make_sink(Reference::parse(reference), options, util::silent_progress());
}

// Says that it has one digest and gives other bytes.
class LyingBlob : public core::Blob {
 public:
  LyingBlob(const std::string& promised, std::string given)
      : digest_(core::Digest::of(promised)),
        size_(promised.size()),
        given_(std::move(given)) {}
  const core::Digest& digest() const override { return digest_; }
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<util::Source> open() const override {
    return std::make_unique<util::StringSource>(given_);
  }

 private:
  core::Digest digest_;
  std::uint64_t size_;
  std::string given_;
};

// The error that call throws, which must be of this kind and hold this text.
inline void expect_error(util::ErrorKind kind,
                         const std::string& part,
                         const std::function<void()>& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown, wanted: " << part;
  } catch (const util::Error& error) {
    EXPECT_STREQ(util::kind_name(error.kind()), util::kind_name(kind)) << error.what();
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

// Whether call throws Error{io} in a process whose files can have no more than 64 KiB.
inline bool fails_on_full_disk(const std::function<void()>& call) {
  constexpr int kFull = 9;
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{64 << 10, 64 << 10};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      call();
    } catch (const util::Error& error) {
      _exit(error.kind() == util::ErrorKind::io ? kFull : 1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status) == kFull;
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      names.push_back(entry.path().lexically_relative(folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cartwheel::transport
