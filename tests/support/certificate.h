#pragma once

#include <string>

namespace cartwheel::tests {

// A self-signed certificate and its private key, both PEM.
struct MadeCertificate {
  std::string certificate, key;
};

MadeCertificate make_certificate(const std::string& common_name);

}  // namespace cartwheel::tests
