#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layer/make_wheel_layer.h"
#include "memo/layer_memo.h"
#include "store/store.h"
#include "support/wheel_builder.h"
#include "util/file.h"

namespace cartwheel::layer {

// An entry as it is read back from a layer by libarchive.
struct Found {
  char kind = 'f';  // 'd', 'f', 'l'
  unsigned mode = 0;
  std::string content;  // of a file; the target of a link
  bool operator==(const Found&) const = default;
};
void PrintTo(const Found& found, std::ostream* out);

// A store with wheels in it, and layers made of them.
class LayerLab {
 public:
  // Puts a wheel into the store.
  WheelInput add(const tests::WheelBuilder& wheel);
  WheelInput add(const std::string& filename, const std::string& bytes);

  memo::LayerRecord make(const WheelLayerSpec& spec,
                         std::size_t threads = 2,
                         archive::Inflater inflater = archive::Inflater::fastest);
  // A layer of one wheel, with everything else left as it is by default.
  memo::LayerRecord make(const WheelInput& wheel);

  // The layer's blob, checked: its digest, its size, one gzip member, its content's digest.
  std::string blob(const memo::LayerRecord& record) const;
  // Its tar.
  std::string tar(const memo::LayerRecord& record) const;
  // Its entries in order, and by path.
  std::vector<std::string> order(const memo::LayerRecord& record) const;
  std::map<std::string, Found> tree(const memo::LayerRecord& record) const;

  store::Store& store() { return *store_; }
  memo::LayerMemo& memo() { return memo_; }

 private:
  util::TempDir folder_;
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  memo::LayerMemo memo_{*store_};
};

WheelLayerSpec spec_of(std::vector<WheelInput> wheels);

inline const std::string kSite = "opt/venv/lib/python3.11/site-packages/";

// Bytes that deflate hardly makes smaller, the same for the same seed.
std::string noise(std::size_t size, unsigned seed = 1);

}  // namespace cartwheel::layer
