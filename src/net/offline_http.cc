#include <fmt/format.h>

#include "net/http.h"
#include "net/rules.h"
#include "util/error.h"

namespace cartwheel::net {

namespace {

class OfflineHttp : public Http {
 public:
  Response send(const Request& request, const BodyStart& /*begin*/) override {
    throw util::Error(util::ErrorKind::network,
                      fmt::format("offline: {}", shown(core::Url::parse(request.url))));
  }
};

}  // namespace

std::unique_ptr<Http> make_offline_http() { return std::make_unique<OfflineHttp>(); }

}  // namespace cartwheel::net
