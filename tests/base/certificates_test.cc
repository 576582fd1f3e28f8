#include "base/certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/certificate.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "KIND: MESSAGE", or "".
std::string error_of(const std::string& text) {
  try {
    read_certificates(text, "corp.pem");
  } catch (const util::Error& error) {
    return std::string(util::kind_name(error.kind())) + ": " + error.what();
  }
  return "";
}

TEST(Certificates, AreTakenOutOfTheTextAroundThem) {
  const std::string one = tests::make_certificate("one").certificate;
  const std::string two = tests::make_certificate("two").certificate;
  EXPECT_THAT(read_certificates("# the company's\n" + one + "subject=two\n" + two + one, "x"),
              ElementsAre(one, two));
}

TEST(Certificates, AreWrittenInOneWay) {
  const std::string one = tests::make_certificate("one").certificate;
  std::string crlf;
  for (char letter : one) {
    crlf += letter == '\n' ? "\r\n" : std::string(1, letter);
  }
  EXPECT_THAT(read_certificates(crlf, "x"), ElementsAre(one));
}

TEST(Certificates, APrivateKeyIsRefused) {
  const tests::MadeCertificate made = tests::make_certificate("one");
  EXPECT_EQ(error_of(made.certificate + made.key),
            "refused: corp.pem: block 2 is a private key, and whoever has the image could read it: "
            "give the certificate alone");
}

TEST(Certificates, WhatIsNoneIsNamed) {
  const std::string one = tests::make_certificate("one").certificate;
  EXPECT_EQ(error_of("not PEM\n"),
            "malformed: corp.pem: no certificate: wanted blocks that begin with '-----BEGIN "
            "CERTIFICATE-----'");
  EXPECT_EQ(error_of(""), error_of("not PEM\n"));
  EXPECT_EQ(error_of(one + "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"
                           "-----END CERTIFICATE REQUEST-----\n"),
            "malformed: corp.pem: block 2: wanted CERTIFICATE, found 'CERTIFICATE REQUEST'");
  EXPECT_EQ(error_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "malformed: corp.pem: block 1: is no X.509 certificate");
  EXPECT_EQ(error_of(one.substr(0, one.size() / 2)),
            "malformed: corp.pem: block 1: does not read as PEM");
}

TEST(Certificates, GoBehindWhatTheBundleHoldsAndOnlyOnce) {
  const std::string one = tests::make_certificate("one").certificate;
  const std::string two = tests::make_certificate("two").certificate;
  EXPECT_EQ(with_certificates(one, {two, one}), one + two);
  EXPECT_EQ(with_certificates("text", {two}), "text\n" + two);
  EXPECT_EQ(with_certificates("", {one}), one);
}

}  // namespace
}  // namespace cartwheel::base
