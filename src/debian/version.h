#pragma once

#include <string_view>

namespace cartwheel::debian {

// The order of package versions, [EPOCH:]UPSTREAM[-REVISION] (deb-version(7), as `dpkg
// --compare-versions` judges): < 0, 0 or > 0. Total over all texts.
int compare_versions(std::string_view left, std::string_view right);

// Whether LEFT OPERATOR RIGHT holds, for the operators of dependencies: << <= = >= >>. Throws
// Error{malformed}.
bool version_matches(std::string_view left, std::string_view operation, std::string_view right);

// UPSTREAM of a version: "3.11.2" of "3.11.2-6+deb12u6".
std::string_view upstream_version(std::string_view version);

}  // namespace cartwheel::debian
