#include "archive/reference_encoders.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace cartwheel::archive::reference {

namespace {

struct Token {
  std::size_t length = 0;  // 0: a literal
  std::size_t distance = 0;
  unsigned char literal = 0;
};

std::string number(std::size_t value, unsigned count) {
  std::string bits;
  for (unsigned i = 0; i < count; ++i) {
    bits += static_cast<char>('0' + (value >> i & 1));
  }
  return bits;
}

std::string code(std::size_t value, unsigned count) {
  std::string bits = number(value, count);
  return {bits.rbegin(), bits.rend()};
}

struct Extra {
  std::size_t symbol, base;
  unsigned bits;
};

// RFC 1951 section 3.2.5, as it is printed there.
std::vector<Extra> length_table() {
  const unsigned bases[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                            31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  const unsigned bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                           2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  std::vector<Extra> table;
  for (std::size_t i = 0; i < 29; ++i) {
    table.push_back({257 + i, bases[i], bits[i]});
  }
  return table;
}

std::vector<Extra> distance_table() {
  const unsigned bases[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                            33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                            1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  std::vector<Extra> table;
  for (std::size_t i = 0; i < 30; ++i) {
    table.push_back({i, bases[i], i < 2 ? 0 : static_cast<unsigned>(i / 2 - 1)});
  }
  return table;
}

Extra row_of(const std::vector<Extra>& table, std::size_t value) {
  Extra found = table.front();
  for (const Extra& row : table) {
    if (row.base <= value) {
      found = row;
    }
  }
  return found;
}

std::size_t common(std::string_view text, std::size_t earlier, std::size_t at, std::size_t end) {
  std::size_t length = 0;
  while (length < 258 && at + length < end && text[earlier + length] == text[at + length]) {
    ++length;
  }
  return length;
}

// All places of each three bytes, in order.
using Places = std::unordered_map<std::string_view, std::vector<std::size_t>>;

Places places_of(std::string_view text, std::size_t begin, std::size_t end) {
  Places places;
  for (std::size_t at = begin; at + 3 <= end; ++at) {
    places[text.substr(at, 3)].push_back(at);
  }
  return places;
}

// N(1)…N(count), latest first.
std::vector<std::size_t> latest(const Places& places,
                                std::string_view text,
                                std::size_t at,
                                std::size_t end,
                                std::size_t count) {
  std::vector<std::size_t> found;
  if (at + 3 > end) {
    return found;
  }
  const std::vector<std::size_t>& all = places.at(text.substr(at, 3));
  for (auto it = std::lower_bound(all.begin(), all.end(), at);
       it != all.begin() && found.size() < count;) {
    --it;
    if (at - *it > 32768) {
      break;
    }
    found.push_back(*it);
  }
  return found;
}

std::optional<Token> match_c(const Places& places, std::string_view text, std::size_t at) {
  Token best;
  for (std::size_t earlier : latest(places, text, at, text.size(), 8)) {
    const std::size_t length = common(text, earlier, at, text.size());
    if (length > best.length) {
      best = {length, at - earlier, 0};
    }
  }
  if (best.length < 3 || (best.length == 3 && best.distance > 4096)) {
    return std::nullopt;
  }
  return best;
}

std::vector<Token> tokens_c(std::string_view text) {
  const Places places = places_of(text, 0, text.size());
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::optional<Token> here = match_c(places, text, at);
    bool take = here.has_value();
    if (here && here->length < 32) {
      const std::optional<Token> next = match_c(places, text, at + 1);
      take = !(next && next->length > here->length);
    }
    if (take) {
      tokens.push_back(*here);
      at += here->length;
    } else {
      tokens.push_back({0, 0, static_cast<unsigned char>(text[at])});
      ++at;
    }
  }
  return tokens;
}

struct Node {
  std::size_t count = 0;
  bool joined = false;
  std::size_t order = 0;  // symbol, or when it was joined
  std::vector<std::size_t> symbols = {};
};

std::map<std::size_t, unsigned> huffman(const std::map<std::size_t, std::size_t>& first_counts,
                                        unsigned limit) {
  std::map<std::size_t, std::size_t> counts = first_counts;
  for (;;) {
    std::vector<Node> nodes;
    std::map<std::size_t, unsigned> lengths;
    for (const auto& [symbol, count] : counts) {
      nodes.push_back({count, false, symbol, {symbol}});
      lengths[symbol] = 0;
    }
    for (std::size_t joined = 0; nodes.size() > 1; ++joined) {
      std::sort(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) {
        return std::tie(a.count, a.joined, a.order) < std::tie(b.count, b.joined, b.order);
      });
      Node both{nodes[0].count + nodes[1].count, true, joined, nodes[0].symbols};
      both.symbols.insert(both.symbols.end(), nodes[1].symbols.begin(), nodes[1].symbols.end());
      for (std::size_t symbol : both.symbols) {
        ++lengths[symbol];
      }
      nodes.erase(nodes.begin(), nodes.begin() + 2);
      nodes.push_back(both);
    }
    const bool fits = std::all_of(
        lengths.begin(), lengths.end(), [&](const auto& each) { return each.second <= limit; });
    if (fits) {
      return lengths;
    }
    for (auto& [symbol, count] : counts) {
      count = (count + 1) / 2;
    }
  }
}

void complete(std::map<std::size_t, unsigned>& lengths) {
  if (lengths.size() == 1) {
    const std::size_t only = lengths.begin()->first;
    lengths[only] = 1;
    lengths[only == 0 ? 1 : 0] = 1;
  }
}

std::map<std::size_t, std::string> codes_of(const std::map<std::size_t, unsigned>& lengths) {
  std::map<std::size_t, std::string> codes;
  std::size_t next = 0;
  for (unsigned length = 1; length <= 15; ++length) {
    for (const auto& [symbol, its] : lengths) {
      if (its == length) {
        codes[symbol] = code(next++, length);
      }
    }
    next *= 2;
  }
  return codes;
}

unsigned length_at(const std::map<std::size_t, unsigned>& lengths, std::size_t symbol) {
  const auto found = lengths.find(symbol);
  return found == lengths.end() ? 0 : found->second;
}

std::string code_header(const std::map<std::size_t, unsigned>& literals,
                        const std::map<std::size_t, unsigned>& distances) {
  const std::size_t literal_count = std::max<std::size_t>(257, literals.rbegin()->first + 1);
  const std::size_t distance_count = distances.rbegin()->first + 1;
  std::vector<unsigned> all;
  for (std::size_t i = 0; i < literal_count; ++i) {
    all.push_back(length_at(literals, i));
  }
  for (std::size_t i = 0; i < distance_count; ++i) {
    all.push_back(length_at(distances, i));
  }
  std::vector<std::pair<std::size_t, std::string>> symbols;  // with extra bits
  for (std::size_t at = 0; at < all.size();) {
    std::size_t run = 0;
    while (at + run < all.size() && all[at + run] == all[at]) {
      ++run;
    }
    if (all[at] == 0 && run >= 11) {
      run = std::min<std::size_t>(run, 138);
      symbols.emplace_back(18, number(run - 11, 7));
    } else if (all[at] == 0 && run >= 3) {
      symbols.emplace_back(17, number(run - 3, 3));
    } else if (at > 0 && all[at - 1] == all[at] && run >= 3) {
      run = std::min<std::size_t>(run, 6);
      symbols.emplace_back(16, number(run - 3, 2));
    } else {
      run = 1;
      symbols.emplace_back(all[at], "");
    }
    at += run;
  }
  std::map<std::size_t, std::size_t> counts;
  for (const auto& [symbol, extra] : symbols) {
    ++counts[symbol];
  }
  std::map<std::size_t, unsigned> lengths = huffman(counts, 7);
  complete(lengths);
  const std::size_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  std::size_t length_count = 4;
  for (std::size_t i = 4; i < 19; ++i) {
    if (length_at(lengths, order[i]) != 0) {
      length_count = i + 1;
    }
  }
  std::string bits =
      number(literal_count - 257, 5) + number(distance_count - 1, 5) + number(length_count - 4, 4);
  for (std::size_t i = 0; i < length_count; ++i) {
    bits += number(length_at(lengths, order[i]), 3);
  }
  const auto codes = codes_of(lengths);
  for (const auto& [symbol, extra] : symbols) {
    bits += codes.at(symbol) + extra;
  }
  return bits;
}

std::string block_c(const std::vector<Token>& tokens, bool last) {
  const auto lengths_table = length_table();
  const auto distances_table = distance_table();
  std::map<std::size_t, std::size_t> literal_counts = {{256, 1}};
  std::map<std::size_t, std::size_t> distance_counts;
  for (const Token& token : tokens) {
    if (token.length == 0) {
      ++literal_counts[token.literal];
    } else {
      ++literal_counts[row_of(lengths_table, token.length).symbol];
      ++distance_counts[row_of(distances_table, token.distance).symbol];
    }
  }
  auto literal_lengths = huffman(literal_counts, 15);
  complete(literal_lengths);
  auto distance_lengths = huffman(distance_counts, 15);
  if (distance_lengths.size() == 1) {
    distance_lengths.begin()->second = 1;
  } else if (distance_lengths.empty()) {
    distance_lengths[0] = 1;
  }
  const auto literal_codes = codes_of(literal_lengths);
  const auto distance_codes = codes_of(distance_lengths);
  std::string bits =
      (last ? "1" : "0") + number(2, 2) + code_header(literal_lengths, distance_lengths);
  for (const Token& token : tokens) {
    if (token.length == 0) {
      bits += literal_codes.at(token.literal);
      continue;
    }
    const Extra length = row_of(lengths_table, token.length);
    const Extra distance = row_of(distances_table, token.distance);
    bits += literal_codes.at(length.symbol) + number(token.length - length.base, length.bits);
    bits +=
        distance_codes.at(distance.symbol) + number(token.distance - distance.base, distance.bits);
  }
  return bits + literal_codes.at(256);
}

// RFC 1951 section 3.2.6.
std::string fixed(std::size_t symbol) {
  return symbol < 144   ? code(0b00110000 + symbol, 8)
         : symbol < 256 ? code(0b110010000 + symbol - 144, 9)
         : symbol < 280 ? code(symbol - 256, 7)
                        : code(0b11000000 + symbol - 280, 8);
}

// The longer of N(1) and P at `at`, length 0 if there is none.
Token match_h(const Places& places,
              std::string_view tar,
              std::size_t at,
              std::size_t run_end,
              const std::vector<std::size_t>& header_blocks) {
  std::size_t length = 0;
  std::size_t distance = 0;
  for (std::size_t earlier : latest(places, tar, at, run_end, 1)) {
    length = common(tar, earlier, at, run_end);
    distance = at - earlier;
  }
  for (std::size_t i = 1; i < header_blocks.size(); ++i) {
    const std::size_t block = header_blocks[i];
    const std::size_t back = block - header_blocks[i - 1];
    if (at >= block && at < block + 512 && back <= 32768) {
      const std::size_t its = common(tar, at - back, at, std::min(block + 512, run_end));
      if (its > length) {
        length = its;
        distance = back;
      }
    }
  }
  return {length, distance, 0};
}

}  // namespace

std::string encode_c(std::string_view text, bool last) {
  const std::vector<Token> tokens = tokens_c(text);
  std::string bits;
  std::size_t at = 0;
  do {
    const std::size_t end = std::min<std::size_t>(at + 32768, tokens.size());
    const std::vector<Token> block(tokens.begin() + static_cast<std::ptrdiff_t>(at),
                                   tokens.begin() + static_cast<std::ptrdiff_t>(end));
    bits += block_c(block, last && end == tokens.size());
    at = end;
  } while (at < tokens.size());
  return bits;
}

std::string encode_h(std::string_view tar,
                     std::size_t run_begin,
                     std::size_t run_end,
                     const std::vector<std::size_t>& header_blocks,
                     bool last) {
  const Places places = places_of(tar, run_begin, run_end);
  std::string bits = (last ? "1" : "0") + number(1, 2);
  for (std::size_t at = run_begin; at < run_end;) {
    const auto [length, distance, literal] = match_h(places, tar, at, run_end, header_blocks);
    if (length < 3) {
      bits += fixed(static_cast<unsigned char>(tar[at++]));
      continue;
    }
    const Extra length_row = row_of(length_table(), length);
    const Extra distance_row = row_of(distance_table(), distance);
    bits += fixed(length_row.symbol) + number(length - length_row.base, length_row.bits);
    bits += code(distance_row.symbol, 5) + number(distance - distance_row.base, distance_row.bits);
    at += length;
  }
  return bits + fixed(256);
}

std::string packed(const std::string& bits) {
  std::string bytes((bits.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i] == '1') {
      bytes[i / 8] = static_cast<char>(static_cast<unsigned char>(bytes[i / 8]) | 1U << (i % 8));
    }
  }
  return bytes;
}

}  // namespace cartwheel::archive::reference
