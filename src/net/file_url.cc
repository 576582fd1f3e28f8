#include <fmt/format.h>
#include <sys/stat.h>

#include "net/rules.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::net {

Response send_file(const core::Url& url, const Request& request, const Http::BodyStart& begin) {
  if (!url.host.empty() && url.host != "localhost") {
    throw util::Error(util::ErrorKind::network,
                      fmt::format("'{}': a file URL of another machine", shown(url)));
  }
  Response response;
  response.url = shown(url);
  std::string path = core::percent_decode(url.path);
  struct stat info {};
  if (path.find('\0') != std::string::npos || stat(path.c_str(), &info) != 0 ||
      !S_ISREG(info.st_mode)) {
    response.status = 404;
    return response;
  }
  util::File file = util::File::open_read(path);
  std::uint64_t size = file.size();
  if (request.offset > 0 && request.offset >= size) {
    response.status = 416;
    return response;
  }
  response.status = request.offset > 0 ? 206 : 200;
  response.body_offset = request.offset;
  response.headers.emplace("content-length", fmt::format("{}", size - request.offset));
  util::Sink* sink = request.method == "HEAD" || !begin ? nullptr : begin(response);
  std::vector<std::byte> buffer(256 << 10);
  for (std::uint64_t at = request.offset; sink != nullptr && at < size;) {
    auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at));
    util::MutableBytes part = util::MutableBytes(buffer).first(count);
    file.read_at(at, part);
    sink->write(part);
    at += count;
  }
  return response;
}

}  // namespace cartwheel::net
