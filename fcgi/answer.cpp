#include "fcgi/answer.h"

#include <algorithm>
#include <exception>

#include "http/answer.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kUsualHeadBytes = 512;

bool has_body(const Asker& asker, const Response& response) {
  return !asker.head_only && response.status != 204 && response.status != 304;
}

void append_head(std::string& out, const Asker& asker, const Response& response) {
  const bool describes_body = response.status != 204 && response.status != 304;
  out.append("Status: ").append(std::to_string(response.status)).append(" ");
  out.append(http::reason_of(response.status)).append("\r\n").append(http::kAllowOrigin).append(http::kExposeHeaders);
  out.append(http::kNoSniff);
  const auto says_what_may_be_kept = [](const auto& header) { return header.first == "Cache-Control"; };
  if (std::none_of(response.headers.begin(), response.headers.end(), says_what_may_be_kept))
    out.append(http::kCacheControl);
  if (describes_body) out.append("Content-Type: ").append(response.content_type).append("\r\n");
  if (describes_body && !response.rest)
    out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  for (const auto& [name, value] : response.headers) out.append(name).append(": ").append(value).append("\r\n");
  out.append("X-Trace-ID: ").append(asker.trace_id).append("\r\n\r\n");
}

// Says in the log why an answer was cut short, since nobody can be told any more.
class LoggedBody : public server::Body {
 public:
  LoggedBody(std::unique_ptr<server::Body> body, std::string trace_id)
      : body_(std::move(body)), trace_id_(std::move(trace_id)) {}

  Result<bool> next(std::string& out) override {
    Result<bool> more = tried(out);
    if (!more.ok()) service::log_error("answer cut short", more.error(), {{"trace_id", trace_id_}});
    return more;
  }
  void paused() override { body_->paused(); }

 private:
  Result<bool> tried(std::string& out) {
    try {
      return body_->next(out);
    } catch (const std::exception& exception) {
      return make_error(ErrorKind::internal, "internal", exception.what());
    }
  }

  const std::unique_ptr<server::Body> body_;
  const std::string trace_id_;
};

}  // namespace

void log_request(const server::Request& request, const Asker& asker, int status) {
  if (!service::logs(service::Level::debug)) return;
  const std::string_view uri = request.parameter("REQUEST_URI");
  service::log_debug("request", {{"method", request.parameter("REQUEST_METHOD")},
                                 {"path", uri.substr(0, uri.find('?'))},  // the rest may hold secrets
                                 {"status", status},
                                 {"trace_id", asker.trace_id}});
}

server::Answer to_answer(const Asker& asker, Response response) {
  server::Answer answer;
  answer.status = response.status;
  answer.head.reserve(kUsualHeadBytes);
  append_head(answer.head, asker, response);
  if (!has_body(asker, response)) return answer;
  answer.body = std::move(response.body);
  if (response.rest) answer.rest = std::make_unique<LoggedBody>(std::move(response.rest), asker.trace_id);
  return answer;
}

}  // namespace choreo::fcgi
