#pragma once

#include <set>

#include "facts/wheel_facts.h"
#include "layer/entries.h"
#include "layer/inflate_ahead.h"

namespace cartwheel::layer {

// What the bulk of a wheel, or of a part of it, tells.
struct BulkFacts {
  std::vector<facts::ElfFacts> elf;
  GpuCounts sass, ptx;
  std::vector<facts::WheelFinding> findings;

  void add(const std::string& installed, const MemberOutcome& outcome);
  void add(const facts::WheelFacts& part);  // what part_facts() gave
};

// Facts that need no bulk: elf, glibc and cuda are empty.
facts::WheelFacts facts_of(const WheelInput& input,
                           std::uint64_t size,
                           const WheelContents& contents);

// Puts them in, in their order.
void add_bulk(facts::WheelFacts& facts, const BulkFacts& bulk);

// What the wheel installs, scripts of its entry points included; in order of bytes of the path.
std::vector<facts::InstalledPath> paths_of(const WheelContents& contents);

}  // namespace cartwheel::layer
