#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::base {

// The X.509 certificates of a PEM text (RFC 7468), each written anew: the label CERTIFICATE, base64
// in lines of 64, a final newline. In their order, each once. Text between the blocks is dropped,
// as OpenSSL does. Whether a certificate has expired is not looked at: whoever builds today must
// get the bytes that they got yesterday. Throws Error{refused} when a block is a private key (it
// would be in the image for everybody to read), Error{malformed} "PLACE: block N: …" for any other
// label, for what is no certificate, and for a text without one.
std::vector<std::string> read_certificates(std::string_view text, const std::string& place);

// A bundle with these certificates behind what it holds already; those that it holds are not added.
std::string with_certificates(std::string bundle, const std::vector<std::string>& certificates);

}  // namespace cartwheel::base
