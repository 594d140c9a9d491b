#include "fcgi/handler.h"

#include "base/random.h"
#include "http/trace.h"

namespace choreo::fcgi {
namespace {

class ServerInput final : public Input {
 public:
  explicit ServerInput(server::Request& request) : request_(request) {}
  std::string_view parameter(const char* name) const override { return request_.parameter(name); }
  std::optional<std::string_view> whole() const override { return request_.whole(); }
  std::size_t read(char* buffer, std::size_t size) override { return request_.read(buffer, size); }
  bool broken() const override { return request_.broken(); }

 private:
  server::Request& request_;
};

// A request for the router, made of the server's.
struct Prepared {
  Prepared(server::Request& from, std::size_t max_body_bytes) : input(from) {
    request.input = &input;
    request.method = input.parameter("REQUEST_METHOD");
    request.max_body_bytes = max_body_bytes;
    request.given_trace_id =
        http::given_trace_id(input.parameter("HTTP_X_TRACE_ID"), input.parameter("HTTP_TRACEPARENT")).value_or("");
    request.trace_id = request.given_trace_id.empty() ? http::make_trace_id(system_random()) : request.given_trace_id;
  }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  Asker asker() const { return {request.method == "HEAD", request.trace_id}; }
  Status find_target() {
    CHOREO_ASSIGN(request.target, http::parse_target(input.parameter("REQUEST_URI")));
    return {};
  }

  ServerInput input;
  Request request;
};

server::Answer answered(const server::Request& request, const Prepared& prepared, Response response) {
  const Asker asker = prepared.asker();
  log_request(request, asker, response.status);
  return to_answer(asker, std::move(response));
}

}  // namespace

server::Start RouterHandler::start(server::Request& request, server::Ticket& place) {
  const std::string_view method = request.parameter("REQUEST_METHOD");
  if (!router_.may_start(method)) return {};
  Prepared prepared(request, max_body_bytes_);
  if (const Status found = prepared.find_target(); !found.ok())
    return {answered(request, prepared, error_response(found.error()))};
  Ticket ticket{std::move(place), prepared.asker()};
  Router::Started started = router_.start(prepared.request, ticket);
  place = std::move(ticket.place);
  if (!started.response) return {std::nullopt, started.lane};
  return {answered(request, prepared, std::move(*started.response)), started.lane};
}

server::Answer RouterHandler::serve(server::Request& request) {
  Prepared prepared(request, max_body_bytes_);
  const Status found = prepared.find_target();
  return answered(request, prepared, found.ok() ? router_.handle(prepared.request) : error_response(found.error()));
}

server::Answer RouterHandler::busy(server::Request& request) {
  const Prepared prepared(request, max_body_bytes_);
  return answered(request, prepared,
                  error_response(make_error(ErrorKind::unavailable, "overloaded",
                                            "too many requests wait to be served; try again in a moment")));
}

}  // namespace choreo::fcgi
