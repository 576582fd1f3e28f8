#include "plan/condition.h"

#include <algorithm>
#include <utility>

#include "util/error.h"

namespace cartwheel::plan {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kMostNodes = 1 << 20;
constexpr std::size_t kMostNames = 1 << 12;  // as deep does the recursion go

[[noreturn]] void fail_entangled() {
  throw Error(ErrorKind::unsupported, "the lock's markers of conflicting extras are too entangled");
}

}  // namespace

// Reads the canonical text of a marker (python::Marker::str) beside its comparisons (clauses),
// which stand in the same order.
class Conditions::Parser {
 public:
  Parser(Conditions& conditions, std::string text, std::vector<python::Marker::Clause> clauses)
      : conditions_(conditions),
        text_(std::move(text)),
        clauses_(std::move(clauses)) {
    next();
  }

  Id whole() {
    Id out = any();
    if (!token_.empty() || clause_ != clauses_.size()) {
      fail();
    }
    return out;
  }

 private:
  Id any() {
    Id out = all();
    while (token_ == "or") {
      next();
      out = conditions_.either(out, all());
    }
    return out;
  }

  Id all() {
    Id out = one();
    while (token_ == "and") {
      next();
      out = conditions_.both(out, one());
    }
    return out;
  }

  Id one() {
    if (token_ == "(") {
      next();
      Id out = any();
      if (token_ != ")") {
        fail();
      }
      next();
      return out;
    }
    return comparison();
  }

  // Two operands and an operator of one or two words ("not in").
  Id comparison() {
    if (clause_ == clauses_.size()) {
      fail();
    }
    std::string_view left = take();
    std::string_view sign = take();
    if (sign == "not") {
      take();
    }
    std::string_view right = take();
    const python::Marker::Clause& clause = clauses_[clause_++];
    bool is_extra = left == "extra" || right == "extra";
    if (!is_extra || (sign != "==" && sign != "!=")) {
      return clause.holds ? kAlways : kNever;
    }
    std::string_view name = left == "extra" ? right : left;
    return conditions_.active(name.substr(1, name.size() - 2), sign == "==");
  }

  std::string_view take() {
    std::string_view out = token_;
    if (out.empty()) {
      fail();
    }
    next();
    return out;
  }

  // A parenthesis, a quoted string with its quotes, or what stands up to the next of these or white
  // space.
  void next() {
    while (position_ < text_.size() && text_[position_] == ' ') {
      ++position_;
    }
    std::string_view rest = std::string_view(text_).substr(position_);
    std::size_t size = 0;
    if (rest.empty()) {
      size = 0;
    } else if (rest[0] == '(' || rest[0] == ')') {
      size = 1;
    } else if (rest[0] == '\'' || rest[0] == '"') {
      size = rest.find(rest[0], 1);
      size = size == std::string_view::npos ? rest.size() : size + 1;
    } else {
      size = std::min(rest.find_first_of(" ()'\""), rest.size());
    }
    token_ = rest.substr(0, size);
    position_ += size;
  }

  [[noreturn]] void fail() const {
    throw Error(ErrorKind::internal,
                "the text of a marker does not match its comparisons: " + text_);
  }

  Conditions& conditions_;
  std::string text_;
  std::vector<python::Marker::Clause> clauses_;
  std::size_t position_ = 0;
  std::size_t clause_ = 0;
  std::string_view token_;
};

Conditions::Id Conditions::of(const python::Marker& marker,
                              const python::MarkerEnvironment& environment) {
  return marker.empty() ? kAlways
                        : Parser(*this, marker.str(), marker.clauses(environment)).whole();
}

Conditions::Id Conditions::node(std::uint32_t name, Id without, Id with) {
  if (without == with) {
    return with;
  }
  auto [found, is_new] = ids_.try_emplace({name, without, with}, static_cast<Id>(nodes_.size()));
  if (is_new) {
    if (nodes_.size() == kMostNodes) {
      fail_entangled();
    }
    nodes_.push_back({name, without, with});
  }
  return found->second;
}

Conditions::Id Conditions::active(std::string_view name, bool wanted) {
  auto [found, is_new] =
      name_ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (is_new) {
    if (names_.size() == kMostNames) {
      fail_entangled();
    }
    names_.emplace_back(name);
  }
  return node(found->second, wanted ? kNever : kAlways, wanted ? kAlways : kNever);
}

Conditions::Id Conditions::combined(Id a, Id b, bool both) {
  Id absorbing = both ? kNever : kAlways;
  if (a == b || a == absorbing || b == 1 - absorbing) {
    return a;
  }
  if (b == absorbing || a == 1 - absorbing) {
    return b;
  }
  if (a > b) {
    std::swap(a, b);
  }
  std::uint64_t key = (std::uint64_t{a} << 32) | b;
  std::unordered_map<std::uint64_t, Id>& memo = memo_[both ? 1 : 0];
  if (auto found = memo.find(key); found != memo.end()) {
    return found->second;
  }
  Node left = nodes_[a];
  Node right = nodes_[b];
  std::uint32_t name = std::min(left.name, right.name);
  Id without =
      combined(left.name == name ? left.without : a, right.name == name ? right.without : b, both);
  Id with = combined(left.name == name ? left.with : a, right.name == name ? right.with : b, both);
  Id out = node(name, without, with);
  memo.emplace(key, out);
  return out;
}

bool Conditions::holds(Id id, const ActiveNames& active) const {
  while (id > kAlways) {
    const Node& at = nodes_[id];
    id = active.contains(names_[at.name]) ? at.with : at.without;
  }
  return id == kAlways;
}

}  // namespace cartwheel::plan
