#include "store/recipe.h"

#include <random>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::store {
namespace {

using testing::HasSubstr;
using util::Error;
using util::ErrorKind;

Recipe small_recipe() {
  Recipe recipe;
  recipe.blob = core::Digest::of("blob");
  recipe.diff_id = core::Digest::of("tar");
  recipe.tar_size = 2048;
  recipe.sources = {{core::Digest::of("wheel"), 1000}};
  recipe.append_literal(util::as_bytes("head"));
  recipe.append_range(0, 100, 200);
  recipe.append_range(0, 50, 10);
  recipe.append_literal(util::as_bytes("tail"));
  recipe.size = 4 + 200 + 10 + 4;
  return recipe;
}

// The recipe's bytes with the last 32 made right again.
std::string with_check(std::string body) {
  return body + std::string(util::as_text(core::Digest::of(body).bytes()));
}

std::string body_of(const Recipe& recipe) {
  std::string bytes = encode(recipe);
  return bytes.substr(0, bytes.size() - 32);
}

TEST(Recipe, HasTheBytesOfTheFormat) {
  std::string expected = "cwrecipe\x01";
  expected += util::as_text(core::Digest::of("blob").bytes());
  util::put_u64(expected, 218);
  expected += util::as_text(core::Digest::of("tar").bytes());
  util::put_u64(expected, 2048);
  expected += '\x01';
  expected += util::as_text(core::Digest::of("wheel").bytes());
  expected += "\xe8\x07";          // 1000
  expected += '\x04';              // operations
  expected += '\x08';              // 4 literal bytes
  expected += "\x91\x03\xc8\x01";  // 200 bytes of the source at +100: 401, zigzag 200
  expected += "\x15\xf3\x03";      // 10 bytes at 50 - 300 = -250: 21, zigzag 499
  expected += '\x08';              // 4 literal bytes
  expected += "\x08headtail";
  EXPECT_EQ(util::hex(util::as_bytes(encode(small_recipe()))),
            util::hex(util::as_bytes(with_check(expected))));
}

TEST(Recipe, ComesBackAsItWas) {
  Recipe recipe = small_recipe();
  recipe.sources.push_back({core::Digest::of("second"), 1ULL << 40U});
  recipe.append_range(1, (1ULL << 40U) - 5, 5);
  recipe.append_range(0, 60, 40);
  recipe.size += 45;
  Recipe back = decode_recipe(encode(recipe));
  EXPECT_EQ(back.blob, recipe.blob);
  EXPECT_EQ(back.size, recipe.size);
  EXPECT_EQ(back.diff_id, recipe.diff_id);
  EXPECT_EQ(back.tar_size, 2048U);
  EXPECT_EQ(back.literals, "headtail");
  ASSERT_EQ(back.sources.size(), 2U);
  EXPECT_EQ(back.sources[1].size, 1ULL << 40U);
  ASSERT_EQ(back.ops.size(), 6U);
  EXPECT_EQ(back.ops[4].source, 1U);
  EXPECT_EQ(back.ops[4].offset, (1ULL << 40U) - 5);
  EXPECT_EQ(back.ops[5].offset, 60U);
  EXPECT_EQ(encode(back), encode(recipe));
}

TEST(Recipe, MergesNeighboursOfOneKind) {
  Recipe recipe;
  recipe.sources = {{core::Digest::of("a"), 100}, {core::Digest::of("b"), 100}};
  recipe.append_literal(util::as_bytes("ab"));
  recipe.append_literal(util::as_bytes(""));
  recipe.append_literal(util::as_bytes("c"));
  recipe.append_range(0, 10, 5);
  recipe.append_range(0, 15, 5);
  recipe.append_range(0, 30, 0);
  recipe.append_range(0, 21, 5);  // a gap
  recipe.append_range(1, 26, 5);  // another source
  ASSERT_EQ(recipe.ops.size(), 4U);
  EXPECT_EQ(recipe.ops[0].length, 3U);
  EXPECT_EQ(recipe.ops[1].length, 10U);
}

TEST(Recipe, RefusesEveryTruncationAndEveryChangedByte) {
  std::string bytes = encode(small_recipe());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_THROW(decode_recipe(bytes.substr(0, i)), Error) << i;
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    EXPECT_THROW(decode_recipe(changed), Error) << i;
  }
  EXPECT_THROW(decode_recipe(bytes + "x"), Error);
}

TEST(Recipe, RefusesAnotherVersion) {
  std::string body = body_of(small_recipe());
  body[8] = 2;
  try {
    decode_recipe(with_check(body));
    FAIL() << "decoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

// Lies under a check that holds.
TEST(Recipe, RefusesLies) {
  struct Case {
    const char* name;
    void (*lie)(Recipe&);
  };
  const Case cases[] = {
      {"range past the end of its source", [](Recipe& recipe) { recipe.sources[0].size = 299; }},
      {"offset past the end", [](Recipe& recipe) { recipe.ops[1].offset = 1001; }},
      {"size too large", [](Recipe& recipe) { recipe.size += 1; }},
      {"size too small", [](Recipe& recipe) { recipe.size -= 1; }},
      {"literals left over", [](Recipe& recipe) { recipe.literals += "x"; }},
      {"literals missing", [](Recipe& recipe) { recipe.literals.pop_back(); }},
      {"no source",
       [](Recipe& recipe) {
         recipe.sources = {{core::Digest::of("x"), 1}};
       }},
      {"empty operation", [](Recipe& recipe) { recipe.ops.push_back({.length = 0}); }},
      {"lengths that wrap around",
       [](Recipe& recipe) {
         recipe.ops[0].length = (1ULL << 63U) - 1;
         recipe.ops[3].length = (1ULL << 63U) - 1;
       }},
  };
  for (const Case& lie : cases) {
    Recipe recipe = small_recipe();
    lie.lie(recipe);
    EXPECT_THROW(decode_recipe(encode(recipe)), Error) << lie.name;
  }
}

TEST(Recipe, RefusesCountsThatDoNotFit) {
  std::string body = body_of(small_recipe()).substr(0, 9 + 80);
  std::string huge;
  util::put_varint(huge, ~0ULL);
  EXPECT_THROW(decode_recipe(with_check(body + huge)), Error);                         // sources
  EXPECT_THROW(decode_recipe(with_check(body + std::string(1, '\0') + huge)), Error);  // operations
  EXPECT_THROW(decode_recipe(with_check(body + std::string(2, '\0') + huge)), Error);  // literals
  EXPECT_THROW(decode_recipe(with_check(body + std::string("\0\1\3\0\0", 5))),
               Error);  // a range without sources
}

struct Collected : core::Blob::Pieces {
  void text(util::Bytes bytes) override { all += util::as_text(bytes); }
  void range(const util::File& file, std::uint64_t offset, std::uint64_t length) override {
    std::string bytes(length, '\0');
    file.read_at(offset, std::as_writable_bytes(std::span(bytes)));
    all += bytes;
  }
  std::string all;
};

// A blob out of literals and ranges of two wheels, long and short, forwards and backwards.
TEST(RecipeBlob, StreamsWhatItsRangesName) {
  util::TempDir folder;
  std::shared_ptr<Store> store = open_store(folder.path());
  std::mt19937 random(7);
  std::vector<std::string> wheels(2);
  for (std::string& wheel : wheels) {
    wheel.resize(3'000'000);
    for (char& letter : wheel) {
      letter = static_cast<char>(random());
    }
    store->put(wheel);
  }
  Recipe recipe;
  recipe.sources = {{core::Digest::of(wheels[0]), wheels[0].size()},
                    {core::Digest::of(wheels[1]), wheels[1].size()}};
  std::string expected;
  for (unsigned i = 0; i < 600; ++i) {
    std::size_t source = i / 100 % 2;
    std::size_t length = i % 50 == 0 ? 700'000 : random() % 3000 + 1;
    std::size_t offset = i % 7 == 0 ? random() % (wheels[source].size() - length)
                                    : static_cast<std::size_t>(i) * 3500;
    std::string literal(random() % 600 + 1, static_cast<char>('a' + i % 26));
    recipe.append_literal(util::as_bytes(literal));
    recipe.append_range(source, offset, length);
    expected += literal + wheels[source].substr(offset, length);
  }
  recipe.append_range(1, wheels[1].size() - 10, 10);
  expected += wheels[1].substr(wheels[1].size() - 10);
  recipe.size = expected.size();
  recipe.blob = core::Digest::of(expected);
  store->put_recipe(recipe.blob, encode(recipe));

  auto blob = find_blob(store, recipe.blob);
  ASSERT_NE(blob, nullptr);
  EXPECT_EQ(blob->digest(), recipe.blob);
  EXPECT_EQ(blob->size(), expected.size());
  Collected pieces;
  EXPECT_TRUE(blob->give_pieces(pieces));
  EXPECT_EQ(pieces.all, expected);
  std::shared_ptr<Store> of_another_process = open_store(folder.path());
  EXPECT_FALSE(find_blob(of_another_process, recipe.blob)->give_pieces(pieces));
  for (std::size_t buffer_size :
       {std::size_t{1000}, std::size_t{128} << 10U, std::size_t{3} << 20U}) {
    std::vector<std::byte> buffer(buffer_size);
    auto source = blob->open();
    core::Hasher hasher;
    while (std::size_t count = source->read(buffer)) {
      hasher.update(util::Bytes(buffer).first(count));
    }
    EXPECT_EQ(hasher.finish(), recipe.blob) << buffer_size;
  }
}

TEST(RecipeBlob, SaysWhichWheelIsMissing) {
  util::TempDir folder;
  std::shared_ptr<Store> store = open_store(folder.path());
  auto blob = recipe_blob(small_recipe(), store);
  try {
    blob->open();
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr(core::Digest::of("wheel").hex()));
  }
}

TEST(RecipeBlob, RefusesAWheelOfAnotherSize) {
  util::TempDir folder;
  std::shared_ptr<Store> store = open_store(folder.path());
  Recipe recipe = small_recipe();
  store->put("wheel");
  auto source = recipe_blob(recipe, store)->open();
  EXPECT_THROW(util::read_all(*source, 1000, ""), Error);
}

TEST(FindBlob, PrefersTheFileAndIgnoresABrokenRecipe) {
  util::TempDir folder;
  std::shared_ptr<Store> store = open_store(folder.path());
  core::Digest digest = store->put("content");
  store->put_recipe(digest, "rubbish");
  EXPECT_EQ(util::read_all(*find_blob(store, digest)->open(), 100, ""), "content");
  store->remove(digest);
  EXPECT_EQ(find_blob(store, digest), nullptr);
  // A good recipe under another blob's name.
  store->put_recipe(digest, encode(small_recipe()));
  EXPECT_EQ(find_blob(store, digest), nullptr);
  EXPECT_EQ(find_blob(store, core::Digest::of("unknown")), nullptr);
}

}  // namespace
}  // namespace cartwheel::store
