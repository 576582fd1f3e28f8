#include "archive/huffman.h"

#include <algorithm>
#include <array>

#include "archive/deflate_tables.h"

namespace cartwheel::archive {

namespace {

struct Node {
  std::uint64_t count = 0;
  std::size_t parent = 0;
};

// The depth of each leaf. leaves: symbols in order of (count, symbol), at least two. Joined nodes
// come into being in order of their counts, so two queues are enough; on equal counts a leaf goes
// before a joined node.
std::vector<unsigned> depths(const std::vector<std::uint32_t>& counts,
                             const std::vector<std::size_t>& leaves) {
  const std::size_t total = 2 * leaves.size() - 1;
  std::vector<Node> nodes(total);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    nodes[i].count = counts[leaves[i]];
  }
  std::size_t next_leaf = 0;
  std::size_t next_joined = leaves.size();
  for (std::size_t made = leaves.size(); made < total; ++made) {
    for (int child = 0; child < 2; ++child) {
      const bool leaf = next_leaf < leaves.size() &&
                        (next_joined == made || nodes[next_leaf].count <= nodes[next_joined].count);
      Node& smallest = nodes[leaf ? next_leaf++ : next_joined++];
      smallest.parent = made;
      nodes[made].count += smallest.count;
    }
  }
  std::vector<unsigned> depth(total);
  for (std::size_t i = total - 1; i-- > 0;) {
    depth[i] = depth[nodes[i].parent] + 1;
  }
  depth.resize(leaves.size());
  return depth;
}

}  // namespace

std::vector<std::uint8_t> huffman_lengths(std::vector<std::uint32_t> counts,
                                          unsigned limit,
                                          bool complete) {
  std::vector<std::uint8_t> lengths(counts.size());
  std::vector<std::size_t> leaves;
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
    if (counts[symbol] != 0) {
      leaves.push_back(symbol);
    }
  }
  if (leaves.size() <= 1) {
    if (!leaves.empty()) {
      lengths[leaves[0]] = 1;
      if (complete) {
        lengths[leaves[0] == 0 ? 1 : 0] = 1;
      }
    }
    return lengths;
  }
  for (;;) {
    std::sort(leaves.begin(), leaves.end(), [&](std::size_t a, std::size_t b) {
      return counts[a] != counts[b] ? counts[a] < counts[b] : a < b;
    });
    const std::vector<unsigned> depth = depths(counts, leaves);
    if (*std::max_element(depth.begin(), depth.end()) <= limit) {
      for (std::size_t i = 0; i < leaves.size(); ++i) {
        lengths[leaves[i]] = static_cast<std::uint8_t>(depth[i]);
      }
      return lengths;
    }
    for (std::size_t symbol : leaves) {
      counts[symbol] = (counts[symbol] + 1) / 2;
    }
  }
}

std::vector<std::uint16_t> huffman_codes(std::span<const std::uint8_t> lengths) {
  std::array<std::uint32_t, 16> count = {};
  for (std::uint8_t length : lengths) {
    ++count[length];
  }
  count[0] = 0;
  std::array<std::uint32_t, 17> next = {};
  for (std::size_t length = 1; length <= 15; ++length) {
    next[length + 1] = (next[length] + count[length]) << 1;
  }
  std::vector<std::uint16_t> codes(lengths.size());
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] != 0) {
      codes[symbol] =
          static_cast<std::uint16_t>(reversed(next[lengths[symbol]]++, lengths[symbol]));
    }
  }
  return codes;
}

}  // namespace cartwheel::archive
