#include "streamer/connection.h"

#include <array>

#include "access/credentials.h"
#include "http/parameters.h"
#include "http/trace.h"
#include "service/logging.h"
#include "streamer/feed.h"
#include "streamer/http_answer.h"
#include "streamer/limits.h"
#include "streamer/loop.h"
#include "streamer/session.h"
#include "streamer/sse.h"
#include "streamer/start_point.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kReadBytes = 4096;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

Error not_found() {
  return make_error(ErrorKind::not_found, "not_found", "There is nothing here; streams are at /{instance}/stream.");
}

}  // namespace

Connection::Connection(Loop& loop, Socket socket)
    : loop_(loop), socket_(std::move(socket)), deadline_ms_(loop.services().clock.steady_ms() + kHeadDeadlineMs) {
  head_.trace_id = http::make_trace_id(loop.services().random);  // until the request has its say
}

void Connection::start() {
  on_readable();
}

void Connection::wait_readable() {
  socket_.wait_readable([self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->done_) self->on_readable();
  });
}

void Connection::on_readable() {
  std::array<char, kReadBytes> bytes;
  while (buffer_.size() < kMaxHeadBytes) {
    const long read = socket_.receive(bytes.data(), bytes.size());
    if (read == Socket::kBroken) return close();
    if (read == Socket::kWouldBlock) return wait_readable();
    // The end may straddle two reads.
    const std::size_t searched = buffer_.size() < kHeadEnd.size() ? 0 : buffer_.size() - kHeadEnd.size();
    buffer_.append(bytes.data(), static_cast<std::size_t>(read));
    const std::size_t end = buffer_.find(kHeadEnd, searched);
    if (end == std::string::npos) continue;
    buffer_.resize(end + kHeadEnd.size());
    return on_head();
  }
  refuse(make_error(ErrorKind::too_large, "head_too_large",
                    "The request line and headers may have " + std::to_string(kMaxHeadBytes) + " bytes."));
}

void Connection::on_head() {
  reading_ = false;
  auto head = parse_head(buffer_, loop_.services().random);
  buffer_ = std::string();
  if (!head.ok()) return refuse(head.error());
  head_ = std::move(*head);
  auto target = http::parse_target(head_.target);
  target.ok() ? route(*target) : refuse(target.error());
}

void Connection::route(http::Target& target) {
  const bool for_stream = target.path.size() == 2 && target.path.back() == "stream";
  const bool for_health = target.path.size() == 1 && target.path.front() == "health";
  if (!for_stream && !for_health) return refuse(not_found());
  if (head_.method == Method::options) return answer(options_answer(head_.trace_id));
  if (head_.method == Method::other)
    return refuse(make_error(ErrorKind::method_not_allowed, "method_not_allowed",
                             "Only GET, HEAD and OPTIONS are allowed here."));
  if (for_health) {
    const Status taken = http::take_parameters(target, {});
    if (!taken.ok()) return refuse(taken.error());
    return answer(ok_answer(health(), head_.trace_id, head_.method == Method::get));
  }
  auto request = parse_stream_request(head_, target);
  if (!request.ok()) return refuse(request.error());
  const Status allowed = let_in(target, request->slug);
  allowed.ok() ? open_stream(std::move(*request)) : refuse(allowed.error());
}

Status Connection::let_in(const http::Target& target, const std::string& slug) {
  access::Gate* const gate = loop_.services().gate;
  if (gate == nullptr) return head_.exposed ? access::exposed_without_auth() : Status();
  const access::Page page{head_.sec_fetch_site, head_.origin, head_.host, head_.forwarded_host,
                          head_.forwarded_proto == "https"};
  CHOREO_ASSIGN(const std::string token,
                access::token_of({head_.authorization, head_.cookie, page, target.parameter(access::kQueryName)}));
  CHOREO_ASSIGN(grant_, gate->check(token));
  return access::check_scope(grant_->claims, slug, access::Level::read);
}

void Connection::open_stream(StreamRequest request) {
  const std::string slug = request.slug;
  loop_.services().history.head(
      slug, [&loop = loop_, weak = weak_from_this(), request = std::move(request)](Result<log::Head> log) {
        loop.post([weak, request, log = std::move(log)] {
          if (const auto connection = weak.lock()) connection->on_log(request, log);
        });
      });
}

void Connection::on_log(const StreamRequest& request, const Result<log::Head>& log) {
  if (done_) return;
  if (!log.ok()) {
    if (log.error().kind == ErrorKind::gone) return refuse(log::unknown_instance(request.slug));
    return refuse(log.error());
  }
  if (head_.method == Method::head) return answer(stream_head(log->epoch, head_.trace_id));
  auto permit = Permit::take(loop_.services().streams, loop_.services().max_streams);
  if (!permit)
    return refuse(make_error(ErrorKind::unavailable, "too_many_streams",
                             "The server carries as many streams as it may; try again later."));
  begin_stream(request, *log, std::move(*permit));
}

void Connection::begin_stream(const StreamRequest& request, const log::Head& log, Permit permit) {
  const StartPoint start = start_point(request, log, loop_.services().options.retry_ms);
  Session::Begin begin{stream_head(log.epoch, head_.trace_id) + start.opening,
                       start.cursor,
                       start.tail,
                       start.after_reset,
                       request.event_name == kOperationName ? std::string() : request.event_name,
                       request.filter,
                       head_.trace_id,
                       std::move(grant_)};
  done_ = true;
  const auto feed = loop_.feed(request.slug, log.epoch);
  std::make_shared<Session>(feed, std::move(socket_), std::move(permit), std::move(begin))->start();
  feed->note_head(log.last_id);
  loop_.forget(shared_from_this());
}

void Connection::refuse(const Error& error) {
  const bool ours = error.kind == ErrorKind::internal || error.kind == ErrorKind::unavailable;
  if (const auto times = ours ? loop_.trouble().count() : std::nullopt)
    service::log_error("request refused", error, {{"trace_id", head_.trace_id}, {"times", *times}});
  answer(error_answer(error, head_.trace_id, head_.method != Method::head));
}

void Connection::answer(std::string text) {
  reading_ = false;
  deadline_ms_ = loop_.services().clock.steady_ms() + loop_.services().options.write_deadline_secs * 1000;
  buffer_ = std::move(text);
  flush();
}

void Connection::flush() {
  while (!buffer_.empty()) {
    const iovec rest{buffer_.data(), buffer_.size()};
    const long sent = socket_.send(&rest, 1);
    if (sent == Socket::kBroken) return close();
    if (sent == Socket::kWouldBlock) {
      return socket_.wait_writable([self = shared_from_this()](boost::system::error_code error) {
        if (!error && !self->done_) self->flush();
      });
    }
    buffer_.erase(0, static_cast<std::size_t>(sent));
  }
  done_ = true;
  linger(loop_.io(), std::move(socket_));
  loop_.forget(shared_from_this());
}

void Connection::sweep(std::int64_t now_ms) {
  if (done_ || now_ms < deadline_ms_) return;
  if (!reading_) return close();
  const Error error = make_error(ErrorKind::invalid, "request_timeout", "The request did not arrive in time.");
  // Nobody began to speak: there is no request to answer.
  buffer_.empty() ? close() : refuse(error);
}

void Connection::close() {
  if (done_) return;
  done_ = true;
  socket_.close();
  loop_.forget(shared_from_this());
}

std::string Connection::health() const {
  const Services& services = loop_.services();
  return std::string("{\"status\":\"ok\",\"version\":\"" CHOREO_VERSION "\"") +
         ",\"uptime_secs\":" + std::to_string((services.clock.steady_ms() - services.started_ms) / 1000) +
         ",\"streams\":" + std::to_string(services.streams.load()) +
         ",\"max_streams\":" + std::to_string(services.max_streams) +
         ",\"broker\":" + (services.hub.broker_alive() ? "true" : "false") + "}";
}

}  // namespace choreo::streamer
