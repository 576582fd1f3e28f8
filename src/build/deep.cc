#include "build/deep.h"

#include <mutex>
#include <set>

#include <fmt/format.h>

#include "fetch/fetch.h"
#include "layer/read_facts.h"
#include "memo/layer_memo.h"

namespace cartwheel::build {

void look_inside(const Prepared& prepared,
                 const Inputs& inputs,
                 const Options& options,
                 const Ports& ports) {
  memo::LayerMemo memo(*ports.store);
  const layer::Services services{
      .store = *ports.store, .memo = memo, .progress = ports.progress, .threads = options.threads};
  std::vector<fetch::Wanted> wanted;
  std::vector<layer::WheelInput> wheels;
  std::set<std::string> seen;
  for (const plan::Plan& plan : prepared.plans) {
    for (const plan::PlannedPackage& package : plan.packages) {
      if (!package.wheel || package.wheel->url.empty() || !seen.insert(package.wheel->url).second) {
        continue;
      }
      std::optional<core::Digest> digest = package.wheel->sha256();
      if (digest && memo.find_facts(*digest)) {
        continue;
      }
      wanted.push_back(
          {.artifact = *package.wheel,
           .place = fmt::format("{}: {} {}", inputs.lock_name, package.name, package.version)});
      wheels.push_back(
          {.name = package.name, .version = package.version, .filename = package.wheel->filename});
    }
  }
  fetch::fetch(wanted,
               {.folder = inputs.lock_path.parent_path(),
                .transfers = options.transfers,
                .offline = options.offline},
               ports.http,
               *ports.store,
               ports.progress,
               [&](std::size_t i, const core::Digest& digest) {
                 layer::WheelInput wheel = wheels[i];
                 wheel.sha256 = digest;
                 layer::read_facts(wheel, services);
               });
}

}  // namespace cartwheel::build
