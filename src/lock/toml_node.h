#pragma once

// For the .cc files of this folder only.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace cartwheel::lock {

// A TOML value, the entries of a table and the elements of an array in a list. Lives as long as the
// Document that it is of.
struct Node {
  enum class Kind : std::uint8_t { table, array, string, integer, floating, boolean, time };

  Kind kind = Kind::table;
  bool is_open = false;      // of a [header] or [[header]], so that later headers may add to it
  std::uint32_t line = 0;    // where it begins, from 1
  std::string_view key;      // of an entry of a table
  std::string_view text;     // string: what it says; time: as RFC 3339
  std::int64_t integer = 0;  // integer; boolean: 0 or 1
  Node* first = nullptr;
  Node* last = nullptr;
  Node* next = nullptr;  // in the table or array that it is in

  // The entry of a table; null when there is none. Tables of locks are short: it looks at each.
  const Node* find(std::string_view wanted) const {
    for (const Node* node = first; node != nullptr; node = node->next) {
      if (node->key == wanted) {
        return node;
      }
    }
    return nullptr;
  }
  std::size_t count() const {
    std::size_t count = 0;
    for (const Node* node = first; node != nullptr; node = node->next) {
      ++count;
    }
    return count;
  }
  void append(Node* node) {
    (last == nullptr ? first : last->next) = node;
    last = node;
  }
};

// A TOML text as a tree. Texts without escapes are views into the text that it was read from, which
// must outlive it.
class Document {
 public:
  Document() { nodes_.emplace_back().line = 1; }
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() = default;

  Node& root() { return nodes_.front(); }
  const Node& root() const { return nodes_.front(); }
  Node* add(Node::Kind kind, std::uint32_t line) {
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.line = line;
    return &node;
  }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::deque<Node> nodes_;
  std::deque<std::string> texts_;
};

}  // namespace cartwheel::lock
