// Of the grammar at https://toml.io/en/v1.0.0 this much:
//
//   text     = *( line LF )
//   line     = [ header | key "=" value ] [ comment ]
//   header   = "[" key *( "." key ) "]" | "[[" key *( "." key ) "]]"
//   value    = string | literal | integer | time | "true" | "false" | array | inline
//   array    = "[" [ value *( "," value ) [ "," ] ] "]"        line ends and comments between them
//   inline   = "{" [ key "=" value *( "," key "=" value ) ] "}"
//   string   = DQUOTE *( printable | '\"' | '\\' ) DQUOTE
//   literal  = "'" *printable "'"
//   integer  = [ "-" ] ( "0" | digit-from-1 *17digit )
//   time     = YYYY-MM-DD "T" HH:MM:SS "Z"
//   key      = 1*( letter | digit | "_" | "-" )

#include "lock/plain_toml.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace cartwheel::lock {

namespace {

constexpr std::size_t kMostKeys =
    256;  // of a table: whether one comes twice is looked at one by one
constexpr int kMostNested = 16;

struct NotPlain {};  // caught in parse_plain()

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_key_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || is_digit(letter) ||
         letter == '-' || letter == '_';
}
bool is_printable(char letter) { return letter >= ' ' && letter <= '~'; }

// Whether the two digits at `at` are a number from `low` to `high`.
bool is_number_within(std::string_view text, std::size_t at, int low, int high) {
  if (!is_digit(text[at]) || !is_digit(text[at + 1])) {
    return false;
  }
  int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return value >= low && value <= high;
}

// A day that every month has needs no calendar; toml++ has one for the others.
constexpr std::string_view kTimeShape = "dddd-dd-ddTdd:dd:ddZ";
bool is_plain_time(std::string_view text) {
  if (text.size() != kTimeShape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kTimeShape[i] == 'd' ? !is_digit(text[i]) : text[i] != kTimeShape[i]) {
      return false;
    }
  }
  return is_number_within(text, 5, 1, 12) && is_number_within(text, 8, 1, 28) &&
         is_number_within(text, 11, 0, 23) && is_number_within(text, 14, 0, 59) &&
         is_number_within(text, 17, 0, 59);
}

class Reader {
 public:
  explicit Reader(std::string_view text)
      : at_(text.data()),
        end_(text.data() + text.size()),
        table_(&document_.root()) {
    table_->is_open = true;
  }

  Document read() {
    while (at_ != end_) {
      read_line();
    }
    return std::move(document_);
  }

 private:
  char peek() const {
    if (at_ == end_) {
      throw NotPlain();
    }
    return *at_;
  }
  bool take(char letter) {
    if (at_ != end_ && *at_ == letter) {
      ++at_;
      return true;
    }
    return false;
  }
  void must(char letter) {
    if (!take(letter)) {
      throw NotPlain();
    }
  }
  void skip_spaces() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) {
      ++at_;
    }
  }
  void skip_comment() {
    if (take('#')) {
      while (at_ != end_ && (is_printable(*at_) || *at_ == '\t')) {
        ++at_;
      }
    }
  }
  void end_line() {
    skip_spaces();
    skip_comment();
    if (at_ != end_) {
      must('\n');
      ++line_;
    }
  }
  // Within an array.
  void skip_space_and_lines() {
    for (;;) {
      skip_spaces();
      skip_comment();
      if (!take('\n')) {
        return;
      }
      ++line_;
    }
  }

  void read_line() {
    skip_spaces();
    if (at_ != end_ && *at_ == '[') {
      read_header();
    } else if (at_ != end_ && *at_ != '\n' && *at_ != '#') {
      read_entry(*table_, 0);
    }
    end_line();
  }

  std::string_view read_key() {
    const char* begin = at_;
    while (at_ != end_ && is_key_letter(*at_)) {
      ++at_;
    }
    if (at_ == begin) {
      throw NotPlain();
    }
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  void read_entry(Node& table, int depth) {
    std::string_view key = read_key();
    skip_spaces();
    must('=');
    skip_spaces();
    add(table, key, read_value(depth));
  }

  static void add(Node& table, std::string_view key, Node* node) {
    std::size_t count = 0;
    for (const Node* other = table.first; other != nullptr; other = other->next) {
      if (other->key == key || ++count == kMostKeys) {
        throw NotPlain();
      }
    }
    node->key = key;
    table.append(node);
  }

  Node* read_value(int depth) {
    switch (peek()) {
      case '"':
        return read_string();
      case '\'':
        return read_literal();
      case '[':
        return read_array(depth + 1);
      case '{':
        return read_inline(depth + 1);
      default:
        return read_word();
    }
  }

  Node* read_string() {
    Node* node = document_.add(Node::Kind::string, line_);
    const char* begin = ++at_;
    bool is_escaped = false;
    while (peek() != '"') {
      if (*at_ == '\\') {
        is_escaped = true;
        ++at_;
        if (peek() != '"' && *at_ != '\\') {
          throw NotPlain();
        }
      } else if (!is_printable(*at_)) {
        throw NotPlain();
      }
      ++at_;
    }
    node->text = {begin, static_cast<std::size_t>(at_ - begin)};
    ++at_;
    if (node->text.empty() && at_ != end_ && *at_ == '"') {
      throw NotPlain();  // """
    }
    if (is_escaped) {
      node->text = unescaped(node->text);
    }
    return node;
  }

  std::string_view unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      i += text[i] == '\\' ? 1U : 0U;
      out += text[i];
    }
    return document_.keep(std::move(out));
  }

  Node* read_literal() {
    Node* node = document_.add(Node::Kind::string, line_);
    const char* begin = ++at_;
    while (peek() != '\'') {
      if (!is_printable(*at_)) {
        throw NotPlain();
      }
      ++at_;
    }
    node->text = {begin, static_cast<std::size_t>(at_ - begin)};
    ++at_;
    if (node->text.empty() && at_ != end_ && *at_ == '\'') {
      throw NotPlain();  // '''
    }
    return node;
  }

  Node* read_array(int depth) {
    Node* node = document_.add(Node::Kind::array, line_);
    ++at_;
    check(depth);
    for (skip_space_and_lines(); !take(']'); skip_space_and_lines()) {
      node->append(read_value(depth));
      skip_space_and_lines();
      if (!take(',') && peek() != ']') {
        throw NotPlain();
      }
    }
    return node;
  }

  Node* read_inline(int depth) {
    Node* node = document_.add(Node::Kind::table, line_);
    ++at_;
    check(depth);
    skip_spaces();
    if (take('}')) {
      return node;
    }
    do {
      skip_spaces();
      read_entry(*node, depth);
      skip_spaces();
    } while (take(','));
    must('}');
    return node;
  }

  static void check(int depth) {
    if (depth > kMostNested) {
      throw NotPlain();
    }
  }

  // A bare word: a number, a time, true or false.
  Node* read_word() {
    const char* begin = at_;
    while (at_ != end_ && (is_key_letter(*at_) || *at_ == ':')) {
      ++at_;
    }
    std::string_view word(begin, static_cast<std::size_t>(at_ - begin));
    if (word == "true" || word == "false") {
      Node* node = document_.add(Node::Kind::boolean, line_);
      node->integer = word == "true" ? 1 : 0;
      return node;
    }
    if (is_plain_time(word)) {
      Node* node = document_.add(Node::Kind::time, line_);
      node->text = word;
      return node;
    }
    return integer(word);
  }

  Node* integer(std::string_view word) {
    std::string_view digits = word.substr(word.starts_with('-') ? 1U : 0U);
    bool is_plain = !digits.empty() && digits.size() <= 18 &&
                    std::ranges::all_of(digits, is_digit) && (digits[0] != '0' || word == "0");
    if (!is_plain) {
      throw NotPlain();
    }
    Node* node = document_.add(Node::Kind::integer, line_);
    std::from_chars(word.data(), word.data() + word.size(), node->integer);
    return node;
  }

  // [a.b] or [[a.b]]: what it names is new; what it lies in is there, of a header too, or is made.
  void read_header() {
    ++at_;
    bool is_array = take('[');
    Node* table = &document_.root();
    std::string_view key = read_key();
    while (take('.')) {
      table = inner(*table, key);
      key = read_key();
    }
    must(']');
    if (is_array) {
      must(']');
      table_ = new_element(*table, key);
    } else {
      table_ = new_table(*table, key);
    }
  }

  Node* new_table(Node& table, std::string_view key) {
    Node* node = document_.add(Node::Kind::table, line_);
    node->is_open = true;
    add(table, key, node);
    return node;
  }

  Node* new_element(Node& table, std::string_view key) {
    Node* array = find(table, key);
    if (array == nullptr) {
      array = document_.add(Node::Kind::array, line_);
      array->is_open = true;
      add(table, key, array);
    }
    if (array->kind != Node::Kind::array || !array->is_open) {
      throw NotPlain();
    }
    Node* node = document_.add(Node::Kind::table, line_);
    node->is_open = true;
    array->append(node);
    return node;
  }

  Node* inner(Node& table, std::string_view key) {
    Node* node = find(table, key);
    if (node == nullptr) {
      return new_table(table, key);
    }
    if (!node->is_open) {
      throw NotPlain();
    }
    return node->kind == Node::Kind::array ? node->last : node;
  }

  static Node* find(Node& table, std::string_view key) {
    for (Node* node = table.first; node != nullptr; node = node->next) {
      if (node->key == key) {
        return node;
      }
    }
    return nullptr;
  }

  const char* at_;
  const char* end_;
  std::uint32_t line_ = 1;
  Document document_;
  Node* table_;  // that key = value lines are of
};

}  // namespace

std::optional<Document> parse_plain(std::string_view text) {
  try {
    return Reader(text).read();
  } catch (const NotPlain&) {
    return std::nullopt;
  }
}

}  // namespace cartwheel::lock
