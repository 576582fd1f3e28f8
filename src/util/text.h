#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::util {

std::string_view trim(std::string_view text);  // spaces, tabs, CR, LF at both ends
std::string lower(std::string_view text);      // ASCII
std::vector<std::string_view> split(std::string_view text,
                                    char separator);  // "a,,b" → a, "", b; "" → one empty
std::vector<std::string_view> lines(
    std::string_view text);  // without LF or CR LF; no last empty one
std::string join(std::span<const std::string> parts, std::string_view separator);

// The candidate at the smallest edit distance from word, whatever the case of the letters, if that
// is at most a third of the word's length (at least 1): what an error proposes for a name that does
// not exist.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'X'?)", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// Glob match of a '/'-separated relative path, as .gitignore has it: '*' and '?' and '[a-z]' within
// a component, '**' as a whole component for any number of them. "lib*" does not match "a/lib1";
// "**/lib*" does.
bool glob_matches(std::string_view pattern, std::string_view path);

// "1 file", "2 files".
std::string count(std::size_t number, std::string_view noun);

// "797.3 MB", "12 B": powers of 1000, as package indexes print them.
std::string human_bytes(unsigned long long bytes);

bool is_valid_utf8(std::string_view text);

}  // namespace cartwheel::util
