#include <algorithm>

#include <fmt/format.h>

#include "debian/shell_commands.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

// test(1), by recursive descent over -o, -a, ! and parentheses.
class Test {
 public:
  Test(ShellCall& call, std::vector<std::string> words) : call_(call), words_(std::move(words)) {}

  bool run() {
    if (words_.empty()) {
      return false;
    }
    const bool result = either();
    if (at_ != words_.size()) {
      call_.refuse(fmt::format("'{}' is not understood", words_[at_]));
    }
    return result;
  }

 private:
  std::size_t left() const { return words_.size() - at_; }

  bool either() {
    bool result = both();
    while (left() > 0 && words_[at_] == "-o") {
      ++at_;
      result = both() || result;
    }
    return result;
  }
  bool both() {
    bool result = primary();
    while (left() > 0 && words_[at_] == "-a") {
      ++at_;
      result = primary() && result;
    }
    return result;
  }
  static bool is_binary(const std::string& word) {
    static const std::vector<std::string> kBinary = {
        "=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "<", ">", "-nt", "-ot", "-ef"};
    return std::find(kBinary.begin(), kBinary.end(), word) != kBinary.end();
  }
  bool primary() {
    if (left() == 0) {
      call_.refuse("an operand is missing");
    }
    if (left() >= 3 && is_binary(words_[at_ + 1])) {
      at_ += 3;
      return compare(words_[at_ - 3], words_[at_ - 2], words_[at_ - 1]);
    }
    const std::string word = words_[at_];
    if (word == "!" && left() > 1) {
      ++at_;
      return !primary();
    }
    if (word == "(" && left() > 2) {
      ++at_;
      const bool result = either();
      if (left() == 0 || words_[at_] != ")") {
        call_.refuse("wanted ')'");
      }
      ++at_;
      return result;
    }
    if (word.size() == 2 && word[0] == '-' && left() >= 2) {
      at_ += 2;
      return unary(word[1], words_[at_ - 1]);
    }
    ++at_;
    return !word.empty();
  }

  bool compare(const std::string& left, const std::string& operation, const std::string& right) {
    if (operation == "=" || operation == "==") {
      return left == right;
    }
    if (operation == "!=") {
      return left != right;
    }
    const auto a = shell_integer(util::trim(left));
    const auto b = shell_integer(util::trim(right));
    if (operation == "-eq" || operation == "-ne" || operation[1] == 'l' || operation[1] == 'g') {
      if (!a || !b) {
        return false;
      }
      return operation == "-eq"   ? *a == *b
             : operation == "-ne" ? *a != *b
             : operation == "-lt" ? *a < *b
             : operation == "-le" ? *a <= *b
             : operation == "-gt" ? *a > *b
                                  : *a >= *b;
    }
    call_.refuse(fmt::format("'{}' is not understood", operation));
  }

  bool unary(char operation, const std::string& operand) {
    Shell& shell = call_.shell;
    const Node* node = nullptr;
    if (operand == "/dev/null" && operation != 'n' && operation != 'z') {
      return operation == 'e' || operation == 'c' || operation == 'w' || operation == 'r';
    }
    switch (operation) {
      case 'n':
        return !operand.empty();
      case 'z':
        return operand.empty();
      case 't':
        return false;  // no terminal
      case 'h':
      case 'L':
        node = shell.find(operand, false);
        return node != nullptr && node->kind == Node::Kind::symlink;
      case 'e':
      case 'r':
      case 'w':  // root may read and write whatever there is
        return shell.find(operand, true) != nullptr;
      case 'd':
        node = shell.find(operand, true);
        return node != nullptr && node->kind == Node::Kind::directory;
      case 'f':
        node = shell.find(operand, true);
        return node != nullptr && node->kind == Node::Kind::file;
      case 's':
        node = shell.find(operand, true);
        return node != nullptr && (node->kind != Node::Kind::file || node->size() > 0);
      case 'x':
        node = shell.find(operand, true);
        return node != nullptr && (node->mode & 0111U) != 0;
      case 'b':
      case 'c':
      case 'p':
      case 'S':
        return false;  // a tree of packages has no devices, pipes or sockets
      case 'u':
      case 'g':
        node = shell.find(operand, true);
        return node != nullptr && (node->mode & (operation == 'u' ? 04000U : 02000U)) != 0;
      default:
        call_.refuse(fmt::format("'-{}' is not understood", operation));
    }
  }

  ShellCall& call_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

}  // namespace

int test_command(ShellCall& call) {
  std::vector<std::string> words(call.words.begin() + 1, call.words.end());
  if (call.words[0] == "[") {
    if (words.empty() || words.back() != "]") {
      call.refuse("wanted ']'");
    }
    words.pop_back();
  }
  return Test(call, std::move(words)).run() ? 0 : 1;
}

}  // namespace cartwheel::debian
