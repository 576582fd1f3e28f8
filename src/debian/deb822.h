#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/stream.h"

namespace cartwheel::debian {

// A paragraph of a control file (deb822(5)). Views of the text that was parsed.
struct Paragraph {
  struct Field {
    std::string_view name;
    std::string_view
        value;  // trimmed; continuation lines follow after '\n', with their leading white space
  };
  std::vector<Field> fields;  // in the text's order

  // By name in any case; nothing when it is not there.
  std::optional<std::string_view> find(std::string_view name) const;
  // The same, "" when it is not there.
  std::string_view get(std::string_view name) const { return find(name).value_or(""); }
};

// One paragraph without blank lines. Throws Error{malformed} "PLACE: line N of a paragraph: …".
Paragraph parse_paragraph(std::string_view text, const std::string& place);

// The paragraphs of a text, in order. Lines that begin with '#' are comments.
std::vector<Paragraph> parse_paragraphs(std::string_view text, const std::string& place);

// Reads paragraphs as their bytes come; keeps one paragraph at a time (at most 16 MiB, else
// Error{malformed}). A Packages file of 50 MB is read so without being held.
class ParagraphSink : public util::Sink {
 public:
  ParagraphSink(std::string place, std::function<void(const Paragraph&)> on_paragraph)
      : place_(std::move(place)),
        on_paragraph_(std::move(on_paragraph)) {}
  void write(util::Bytes data) override;
  void finish();  // after the last byte

 private:
  void take(std::string_view text);

  std::string place_;
  std::function<void(const Paragraph&)> on_paragraph_;
  std::string pending_;
};

}  // namespace cartwheel::debian
