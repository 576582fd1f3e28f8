#include "base/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/signing_key.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using util::Error;
using util::ErrorKind;

const std::string kKey = "4D64FEC119C2029067D6E791F8D2585B8783D481";
const std::string kOther = "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8";
const std::string kSubkey = "4CB50190207B4758A3F73A796ED0E7B82643E131";

ErrorKind kind_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

std::string valid(const std::string& subkey, const std::string& primary) {
  return "[GNUPG:] VALIDSIG " + subkey + " 2026-01-01 1767225600 0 4 0 22 8 01 " + primary + "\n";
}

TEST(GoodSigners, AreThoseWhosePrimaryKeyIsNamed) {
  std::string status = "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 6ED0E7B82643E131 Debian\n" +
                       valid(kSubkey, kKey) + valid(kOther, kOther);
  EXPECT_THAT(good_signers(status, {kKey}, "InRelease"), ElementsAre(kKey));
  EXPECT_THAT(good_signers(status, {kOther}, "InRelease"), ElementsAre(kOther));
  EXPECT_THAT(good_signers(status, {kSubkey}, "InRelease"), IsEmpty()) << "a subkey is no primary";
}

TEST(GoodSigners, OthersCountForNothing) {
  for (const char* line : {"[GNUPG:] ERRSIG 6ED0E7B82643E131 1 8 01 1767225600 9\n",
                           "[GNUPG:] NO_PUBKEY 6ED0E7B82643E131\n",
                           "[GNUPG:] GOODSIG 6ED0E7B82643E131 Debian\n",
                           "[GNUPG:] EXPKEYSIG F8D2585B8783D481 Debian\n",
                           "[GNUPG:] VALIDSIG\n",
                           "VALIDSIG x 4D64FEC119C2029067D6E791F8D2585B8783D481\n",
                           "gpgv: [GNUPG:] VALIDSIG x 4D64FEC119C2029067D6E791F8D2585B8783D481\n",
                           ""}) {
    EXPECT_THAT(good_signers(line, {kKey}, "InRelease"), IsEmpty()) << line;
  }
}

TEST(GoodSigners, OneBadSignatureSpoilsAll) {
  std::string bad = "[GNUPG:] BADSIG 6ED0E7B82643E131 Debian\n";
  for (const std::string& status : {bad, valid(kSubkey, kKey) + bad, bad + valid(kSubkey, kKey)}) {
    EXPECT_EQ(kind_of([&] { good_signers(status, {kKey}, "InRelease"); }), ErrorKind::integrity);
  }
}

std::string signed_file(const std::string& body) {
  return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + body +
         "-----BEGIN PGP SIGNATURE-----\n\niHUE\n-----END PGP SIGNATURE-----\n";
}

TEST(ClearSigned, IsTakenApart) {
  ClearSigned parts = split_clear_signed(signed_file("Suite: x \t\n- -dash\n\nend\n"), "InRelease");
  EXPECT_EQ(parts.text, "Suite: x\n-dash\n\nend\n");
  EXPECT_EQ(parts.signature,
            "-----BEGIN PGP SIGNATURE-----\n\niHUE\n-----END PGP SIGNATURE-----\n");
}

TEST(ClearSigned, MustBeTheWholeFile) {
  std::string good = signed_file("Suite: x\n");
  for (const std::string& file :
       {std::string(),
        std::string("Suite: x\n"),
        "Suite: evil\n" + good,
        good + "Suite: evil\n",
        good + good,
        signed_file(""),
        signed_file("-not escaped\n"),
        good.substr(0, good.size() - 20),
        std::string("-----BEGIN PGP SIGNED MESSAGE-----\nEvil: 1\n\nx\n")}) {
    EXPECT_EQ(kind_of([&] { split_clear_signed(file, "InRelease"); }), ErrorKind::malformed)
        << file;
  }
}

// With real keys and gpgv.
class Signature : public testing::Test {
 protected:
  std::string text(const std::string& file) {
    return signed_text(file, key_.keyring(), {key_.fingerprint()}, "InRelease");
  }
  tests::SigningKey key_;
};

TEST_F(Signature, GivesTheSignedTextAlone) {
  std::string file = key_.clear_signed("Suite: x\n-dash\n");
  EXPECT_EQ(text(file), "Suite: x\n-dash\n");
  try {
    EXPECT_THAT(text("Suite: evil\n\n" + file), testing::Not(HasSubstr("evil")));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::integrity);
  }
}

TEST_F(Signature, MustFitTheText) {
  std::string file = key_.clear_signed("Suite: good\n");
  file.replace(file.find("good"), 4, "evil");
  EXPECT_EQ(kind_of([&] { text(file); }), ErrorKind::integrity);
  EXPECT_EQ(kind_of([&] { text("Suite: unsigned\n"); }), ErrorKind::integrity);
  EXPECT_EQ(kind_of([&] { text(""); }), ErrorKind::integrity);
}

TEST_F(Signature, MustBeByAKeyThatIsNamedAndInTheKeyring) {
  tests::SigningKey other;
  std::string file = other.clear_signed("Suite: x\n");
  EXPECT_EQ(kind_of([&] { text(file); }), ErrorKind::integrity);
  EXPECT_EQ(kind_of([&] { signed_text(file, key_.keyring(), {other.fingerprint()}, "InRelease"); }),
            ErrorKind::integrity)
      << "named, and not in the keyring";
  EXPECT_EQ(kind_of([&] { signed_text(file, other.keyring(), {key_.fingerprint()}, "InRelease"); }),
            ErrorKind::integrity)
      << "in the keyring, and not named";
}

TEST_F(Signature, WantsItsKeyring) {
  EXPECT_EQ(kind_of([&] {
              signed_text(
                  key_.clear_signed("x\n"), "/nowhere/keys.gpg", {key_.fingerprint()}, "InRelease");
            }),
            ErrorKind::not_found);
}

}  // namespace
}  // namespace cartwheel::base
