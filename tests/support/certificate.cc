#include "support/certificate.h"

#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace cartwheel::tests {

namespace {

template <auto Free>
struct Freer {
  template <typename Value>
  void operator()(Value* value) const {
    Free(value);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

void check(bool holds) {
  if (!holds) {
    throw std::runtime_error("OpenSSL makes no certificate");
  }
}

std::string text_of(const Bio& bio) {
  std::string out(BIO_ctrl_pending(bio.get()), '\0');
  check(BIO_read(bio.get(), out.data(), static_cast<int>(out.size())) ==
        static_cast<int>(out.size()));
  return out;
}

}  // namespace

MadeCertificate make_certificate(const std::string& common_name) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  check(key && certificate);
  constexpr long kDay = 24 * 60 * 60;
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  check(X509_NAME_add_entry_by_NID(name,
                                   NID_commonName,
                                   MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.c_str()),
                                   -1,
                                   -1,
                                   0) == 1);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
  check(PEM_write_bio_PrivateKey(
            key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return {.certificate = text_of(certificate_text), .key = text_of(key_text)};
}

}  // namespace cartwheel::tests
