#include "layer/read_facts.h"

#include <fmt/format.h>

#include "layer/facts_of_wheel.h"
#include "layer/inflate_ahead.h"
#include "util/error.h"

namespace cartwheel::layer {

using util::Error;
using util::ErrorKind;

facts::WheelFacts read_facts(const WheelInput& wheel, const Services& services) {
  std::unique_ptr<util::File> file = services.store.find(wheel.sha256);
  if (!file) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: {} is not in the store", wheel.filename, wheel.sha256.str()));
  }
  MemberReader reader;
  WheelContents contents =
      util::in_context(wheel.filename, [&] { return read_contents(*file, wheel, reader); });
  std::vector<MemberJob> jobs;
  jobs.reserve(contents.files.size());
  for (const WheelFileEntry& entry : contents.files) {
    jobs.push_back({.file = file.get(),
                    .member = &contents.members[entry.member],
                    .strict = !wheel.trusted,
                    .content = false,
                    .record_hash = &entry.record_hash,
                    .place = wheel.filename});
  }
  BulkFacts bulk;
  InflateAhead ahead(jobs, services.threads);
  for (const WheelFileEntry& entry : contents.files) {
    bulk.add(entry.installed, ahead.next([](util::Bytes) {}));
  }
  facts::WheelFacts facts = facts_of(wheel, file->size(), contents);
  add_bulk(facts, bulk);
  services.memo.put_facts(facts, paths_of(contents));
  return facts;
}

}  // namespace cartwheel::layer
