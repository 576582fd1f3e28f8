#pragma once

#include "facts/base_facts.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace cartwheel::plan {

// Adds jit-compiler-missing for packages that make code at run time with programs that the image
// does not have: triton (a C compiler, ldconfig), flashinfer (nvcc, unless the wheels with what it
// would make are there). Nothing while the base's programs are not known. Pure.
void add_jit(Plan& plan, const facts::BaseFacts& base, const settings::Settings& settings);

// The Debian packages of `jit = "gcc"`: a compiler and the C library's headers.
std::vector<std::string> jit_packages(const settings::Settings& settings);

}  // namespace cartwheel::plan
