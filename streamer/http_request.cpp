// Boost.Beast stays inside this file: it is slow to compile.
#include "streamer/http_request.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "http/trace.h"
#include "streamer/limits.h"

namespace choreo::streamer {
namespace {

namespace beast = boost::beast::http;

Method method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get:
      return Method::get;
    case beast::verb::head:
      return Method::head;
    case beast::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

std::string_view header(const beast::fields& fields, std::string_view name) {
  const auto found = fields.find({name.data(), name.size()});
  if (found == fields.end()) return {};
  return {found->value().data(), found->value().size()};
}

}  // namespace

Result<RequestHead> parse_head(std::string_view bytes, Random& random) {
  beast::request_parser<beast::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(kMaxHeadBytes));
  parser.eager(false);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error || !parser.is_header_done()) return invalid("bad_request", "The request is not HTTP/1.1.");
  const auto& message = parser.get();
  RequestHead head;
  head.method = method_of(message.method());
  head.target.assign(message.target().data(), message.target().size());
  if (message.find("Last-Event-ID") != message.end()) head.last_event_id = header(message, "Last-Event-ID");
  head.authorization = header(message, "Authorization");
  head.cookie = header(message, "Cookie");
  head.sec_fetch_site = header(message, "Sec-Fetch-Site");
  head.origin = header(message, "Origin");
  head.host = header(message, "Host");
  head.forwarded_host = header(message, "X-Forwarded-Host");
  head.forwarded_proto = header(message, "X-Forwarded-Proto");
  head.exposed = !header(message, "X-Choreo-Exposed").empty();
  auto trace_id = http::given_trace_id(header(message, "X-Trace-ID"), header(message, "traceparent"));
  head.trace_id = trace_id ? std::move(*trace_id) : http::make_trace_id(random);
  return head;
}

}  // namespace choreo::streamer
