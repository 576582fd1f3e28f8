#pragma once

#include "base/base.h"

namespace cartwheel::base {

// The parts of pin(), compose() and expected_facts() for "oci:…" and its like. A relative path is
// meant from the project folder.
lock::BasePin pin_image(const std::string& base,
                        const core::Platform& platform,
                        const Context& context);
oci::Image compose_image(const lock::BasePin& pin,
                         const std::string& base,
                         core::Compression compression,
                         const Context& context);
facts::BaseFacts facts_of_reference(const std::string& base,
                                    const core::Platform& platform,
                                    const std::filesystem::path& project);

}  // namespace cartwheel::base
