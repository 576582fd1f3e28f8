#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/platform.h"
#include "debian/tree.h"
#include "elf/elf.h"
#include "facts/base_facts.h"

namespace cartwheel::base {

// The folders that ld.so searches after its cache, however it was configured: those of Debian's
// multiarch, and those of others.
std::vector<std::string> loader_folders(const core::Platform& platform);

// The real path of a library in those folders.
std::optional<std::string> find_library(const debian::Tree& tree,
                                        const core::Platform& platform,
                                        const std::string& name);

// Nothing for what is no ELF file.
std::optional<elf::Elf> elf_of(const debian::Tree& tree, const std::string& path);

// Sets what the tree tells of its libraries and programs: `libraries`, `programs`, and the versions
// that libstdc++ defines.
void set_library_facts(facts::BaseFacts& facts,
                       const debian::Tree& tree,
                       const core::Platform& platform);

// Debian's name of the release that a tree is of, by its os-release; "" when it is none of Debian.
std::string debian_suite(const debian::Tree& tree);

}  // namespace cartwheel::base
