#include "debian/relation.h"

#include <fmt/format.h>

#include "debian/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

Relation parse_relation(std::string_view text, const std::string& place) {
  const auto wrong = [&](std::string_view what) {
    return Error(ErrorKind::malformed,
                 fmt::format("{}: dependency '{}': {}", place, util::trim(text), what));
  };
  std::string_view rest = util::trim(text);
  Relation relation;
  const std::size_t end = std::min(rest.find_first_of(" \t\n("), rest.size());
  const std::string_view head = rest.substr(0, end);
  rest = util::trim(rest.substr(end));
  const std::size_t colon = head.find(':');
  relation.name = head.substr(0, colon);
  if (colon != std::string_view::npos) {
    relation.architecture = head.substr(colon + 1);
  }
  if (relation.name.empty()) {
    throw wrong("has no package name");
  }
  if (rest.empty()) {
    return relation;
  }
  if (rest.front() != '(' || rest.back() != ')') {
    throw wrong("wanted '(OPERATOR VERSION)' after the name");
  }
  rest = util::trim(rest.substr(1, rest.size() - 2));
  const std::size_t operation = std::min(rest.find_first_not_of("<>="), rest.size());
  relation.operation = rest.substr(0, operation);
  relation.version = util::trim(rest.substr(operation));
  if (relation.operation == "<" || relation.operation == ">") {
    relation.operation += '=';  // an old spelling
  }
  if (relation.operation.empty() || relation.version.empty()) {
    throw wrong("wanted '(OPERATOR VERSION)' after the name");
  }
  util::in_context(place, [&] {
    return version_matches("0", relation.operation, "0");  // refuses what is no operator
  });
  return relation;
}

}  // namespace

std::string Relation::str() const {
  std::string text = name;
  if (!architecture.empty()) {
    text += ":" + architecture;
  }
  if (!operation.empty()) {
    text += " (" + operation + " " + version + ")";
  }
  return text;
}

std::vector<Alternatives> parse_relations(std::string_view text, const std::string& place) {
  std::vector<Alternatives> groups;
  for (const std::string_view group : util::split(text, ',')) {
    if (util::trim(group).empty()) {
      continue;
    }
    Alternatives alternatives;
    for (const std::string_view alternative : util::split(group, '|')) {
      alternatives.push_back(parse_relation(alternative, place));
    }
    groups.push_back(std::move(alternatives));
  }
  return groups;
}

}  // namespace cartwheel::debian
