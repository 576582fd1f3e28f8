#include "base/certificates.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// What PEM_read_bio() allocates for one block.
struct Block {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(bytes);
  }
};

// One certificate and nothing behind it.
bool is_certificate(const Block& block) {
  const unsigned char* at = block.bytes;
  const std::unique_ptr<X509, FreeCertificate> certificate(d2i_X509(nullptr, &at, block.size));
  ERR_clear_error();
  return certificate != nullptr && at == block.bytes + block.size;
}

std::string pem(const Block& block) {
  const std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!out || PEM_write_bio(out.get(), "CERTIFICATE", "", block.bytes, block.size) <= 0) {
    throw Error(ErrorKind::internal, "a certificate cannot be written");
  }
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void check(const Block& block, const std::string& place, std::size_t number) {
  const std::string_view label(block.label);
  if (label.find("PRIVATE KEY") != std::string_view::npos) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: block {} is a private key, and whoever has the image could read "
                            "it: give the certificate alone",
                            place,
                            number));
  }
  if (label != "CERTIFICATE") {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: block {}: wanted CERTIFICATE, found '{}'", place, number, label));
  }
  if (!is_certificate(block)) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: block {}: is no X.509 certificate", place, number));
  }
}

}  // namespace

std::vector<std::string> read_certificates(std::string_view text, const std::string& place) {
  const std::unique_ptr<BIO, FreeBio> in(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::vector<std::string> out;
  for (std::size_t number = 1;; ++number) {
    Block block;
    if (PEM_read_bio(in.get(), &block.label, &block.header, &block.bytes, &block.size) == 0) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (at_end) {
        break;
      }
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: block {}: does not read as PEM", place, number));
    }
    check(block, place, number);
    std::string certificate = pem(block);
    if (std::ranges::find(out, certificate) == out.end()) {
      out.push_back(std::move(certificate));
    }
  }
  if (out.empty()) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: no certificate: wanted blocks that begin with '-----BEGIN "
                            "CERTIFICATE-----'",
                            place));
  }
  return out;
}

std::string with_certificates(std::string bundle, const std::vector<std::string>& certificates) {
  if (!bundle.empty() && !bundle.ends_with('\n')) {
    bundle += '\n';
  }
  for (const std::string& certificate : certificates) {
    if (bundle.find(certificate) == std::string::npos) {
      bundle += certificate;
    }
  }
  return bundle;
}

}  // namespace cartwheel::base
