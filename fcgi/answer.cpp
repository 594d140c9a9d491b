#include "fcgi/answer.h"

#include <algorithm>

#include "fcgi/records.h"
#include "http/answer.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kUsualHeadBytes = 512;
constexpr const char* kClientGone = "client_gone";

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
  if (describes_body && !response.stream)
    out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  for (const auto& [name, value] : response.headers) out.append(name).append(": ").append(value).append("\r\n");
  out.append("X-Trace-ID: ").append(asker.trace_id).append("\r\n\r\n");
}

void append_end(std::string& out, const Asker& asker) {
  append_end_request(out, asker.id);
  if (asker.last) append_last_of_connection(out);
}

// out: records that were not sent yet.
Status send_piece(std::string_view bytes, std::string& out, const Asker& asker, const SendRecords& send) {
  if (bytes.empty()) return {};  // a record without content would be the end
  const std::size_t begin = out.size();
  begin_stdout(out);
  out += bytes;
  finish_stdout(out, begin, asker.id);
  const bool sent = send(out, false);
  out.clear();
  if (sent) return {};
  return make_error(ErrorKind::gone, kClientGone, "the client is gone");
}

}  // namespace

std::string whole_answer(const Asker& asker, const Response& response) {
  std::string out;
  out.reserve(kUsualHeadBytes + response.body.size());
  begin_stdout(out);
  append_head(out, asker, response);
  if (has_body(asker, response)) out += response.body;
  finish_stdout(out, 0, asker.id);
  append_end(out, asker);
  return out;
}

bool stream_answer(const Asker& asker, const Response& response, const SendRecords& send) {
  std::string out;
  begin_stdout(out);
  append_head(out, asker, response);
  finish_stdout(out, 0, asker.id);
  if (has_body(asker, response)) {
    const Status status = response.stream([&](std::string_view bytes) { return send_piece(bytes, out, asker, send); });
    if (!status.ok()) {
      if (status.error().code != kClientGone)
        service::log_error("answer cut short", status.error(), {{"trace_id", asker.trace_id}});
      return false;
    }
  }
  append_end(out, asker);
  return send(out, true);
}

}  // namespace choreo::fcgi
