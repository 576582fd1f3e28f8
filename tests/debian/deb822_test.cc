#include "debian/deb822.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::debian {
namespace {

constexpr std::string_view kText =
    "# a comment\n"
    "Package: six\n"
    "Version:1.0\n"
    "Description: short\n"
    " long\n"
    " .\n"
    " more\n"
    "\n"
    " \t \n"
    "Package: seven\r\n"
    "Empty:\n"
    "Files:\n"
    " a 1\n"
    " b 2";

TEST(Deb822, ParagraphsAreSplitAtBlankLines) {
  const std::vector<Paragraph> paragraphs = parse_paragraphs(kText, "x");
  ASSERT_EQ(paragraphs.size(), 2U);
  EXPECT_EQ(paragraphs[0].get("package"), "six");
  EXPECT_EQ(paragraphs[0].get("VERSION"), "1.0");
  EXPECT_EQ(paragraphs[0].get("Description"), "short\n long\n .\n more");
  EXPECT_EQ(paragraphs[1].get("Package"), "seven");
  EXPECT_EQ(paragraphs[1].get("Files"), "\n a 1\n b 2");
  EXPECT_EQ(paragraphs[1].find("Empty"), "");
  EXPECT_EQ(paragraphs[1].find("Version"), std::nullopt);
}

TEST(Deb822, BrokenLinesAreRefused) {
  for (const std::string_view text : {" continued\n", "no colon\n", ": no name\n"}) {
    EXPECT_THROW(parse_paragraph(text, "x"), util::Error) << text;
  }
}

TEST(ParagraphSink, GivesTheSameForEveryWayToCutTheText) {
  const std::string text = "A: 1\n\n\nB: 2\n c\n\nC: 3\n\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    std::string seen;
    ParagraphSink sink("x", [&](const Paragraph& paragraph) {
      for (const auto& [name, value] : paragraph.fields) {
        seen += std::string(name) + "=" + std::string(value) + ";";
      }
    });
    for (std::size_t at = 0; at < text.size(); at += piece) {
      sink.write(util::as_bytes(std::string_view(text).substr(at, piece)));
    }
    sink.finish();
    EXPECT_EQ(seen, "A=1;B=2\n c;C=3;") << piece;
  }
}

TEST(ParagraphSink, EndlessParagraphIsRefused) {
  ParagraphSink sink("x", [](const Paragraph&) {});
  const std::string line = "A: " + std::string(1 << 20, 'a') + "\n";
  EXPECT_THROW(
      {
        for (int i = 0; i < 20; ++i) {
          sink.write(util::as_bytes(line));
        }
      },
      util::Error);
}

}  // namespace
}  // namespace cartwheel::debian
