#include "debian/deb822.h"

#include <fmt/format.h>

#include "util/bytes.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::size_t kLargestParagraph = std::size_t{16} << 20;

bool same_name(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) {
    return false;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (fold(left[i]) != fold(right[i])) {
      return false;
    }
  }
  return true;
}

bool is_blank(std::string_view line) { return util::trim(line).empty(); }

// Splits text at blank lines; gives each piece that has other lines than comments.
void for_each_piece(std::string_view text, const std::function<void(std::string_view)>& on_piece) {
  std::size_t begin = 0;
  std::size_t at = 0;
  bool has_field = false;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (is_blank(line)) {
      if (has_field) {
        on_piece(text.substr(begin, at - begin));
      }
      begin = std::min(end + 1, text.size());
      has_field = false;
    } else if (line.front() != '#') {
      has_field = true;
    }
    at = end + 1;
  }
  if (has_field) {
    on_piece(text.substr(begin));
  }
}

}  // namespace

std::optional<std::string_view> Paragraph::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (same_name(field.name, name)) {
      return field.value;
    }
  }
  return std::nullopt;
}

Paragraph parse_paragraph(std::string_view text, const std::string& place) {
  Paragraph paragraph;
  paragraph.fields.reserve(24);
  std::size_t at = 0;
  std::size_t number = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      if (paragraph.fields.empty()) {
        throw Error(ErrorKind::malformed,
                    fmt::format("{}: line {} of a paragraph: continues no field", place, number));
      }
      // The value is one view from its first byte to the end of its last line.
      std::string_view& value = paragraph.fields.back().value;
      const std::size_t from = static_cast<std::size_t>(value.data() - text.data());
      value = text.substr(from, end - from);
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: line {} of a paragraph: wanted 'Name: value', found '{}'",
                              place,
                              number,
                              line.substr(0, 60)));
    }
    paragraph.fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
  }
  for (Paragraph::Field& field : paragraph.fields) {
    const std::string_view trimmed = util::trim(field.value);
    // A value whose first line is empty begins at its first continuation line, which keeps its
    // white space.
    const std::size_t newline = field.value.find('\n');
    if (newline != std::string_view::npos && is_blank(field.value.substr(0, newline))) {
      field.value = field.value.substr(newline);
    } else {
      field.value = trimmed;
    }
  }
  return paragraph;
}

std::vector<Paragraph> parse_paragraphs(std::string_view text, const std::string& place) {
  std::vector<Paragraph> paragraphs;
  for_each_piece(
      text, [&](std::string_view piece) { paragraphs.push_back(parse_paragraph(piece, place)); });
  return paragraphs;
}

void ParagraphSink::take(std::string_view text) {
  for_each_piece(text,
                 [&](std::string_view piece) { on_paragraph_(parse_paragraph(piece, place_)); });
}

void ParagraphSink::write(util::Bytes data) {
  const std::string_view text = util::as_text(data);
  // Up to the last blank line that is here, paragraphs are whole.
  const std::size_t from = pending_.empty() ? 0 : pending_.size() - 1;
  pending_ += text;
  const std::size_t last = pending_.rfind("\n\n");
  if (last != std::string::npos && last + 2 > from) {
    take(std::string_view(pending_).substr(0, last + 1));
    pending_.erase(0, last + 2);
  }
  if (pending_.size() > kLargestParagraph) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: a paragraph is longer than {} bytes", place_, kLargestParagraph));
  }
}

void ParagraphSink::finish() {
  take(pending_);
  pending_.clear();
}

}  // namespace cartwheel::debian
