#include "streamer/session.h"

#include <array>
#include <utility>

#include "service/logging.h"
#include "streamer/limits.h"
#include "streamer/loop.h"
#include "streamer/sse.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kDiscardBytes = 512;
constexpr int kDiscardReads = 16;  // before other streams have their turn

}  // namespace

Session::Session(std::shared_ptr<Feed> feed, Socket socket, Permit permit, Begin begin)
    : feed_(std::move(feed)),
      socket_(std::move(socket)),
      permit_(std::move(permit)),
      filter_(begin.filter.empty() ? nullptr : std::make_unique<const Filter>(std::move(begin.filter))),
      trace_id_(std::move(begin.trace_id)),
      grant_(std::move(begin.grant)),
      cursor_(begin.cursor),
      announced_(begin.cursor),
      tail_(begin.tail),
      stamp_ms_(feed_->loop().services().clock.steady_ms()),
      outbox_(std::move(begin.opening)),
      event_name_(std::move(begin.event_name)),
      after_reset_(begin.after_reset) {}

void Session::start() {
  service::log_debug("stream begins", {{"trace_id", trace_id_}, {"instance", feed_->slug()}, {"cursor", cursor_}});
  place_ = feed_->attach(shared_from_this());
  wait_readable();
  if (tail_ > 0) search_tail();
  advance();
}

void Session::advance() {
  for (int turn = 0; turn < kWritesPerTurn; ++turn) {
    if (closed_ || blocked_ || !flush()) return;
    if (ending_) return finish();
    if (waiting_ || retry_) return;
    if (at_edge()) return reach_edge();
    const std::span<const EventPtr> events = next_events();
    if (events.empty()) return ask_history();
    if (!send_events(events)) return;
  }
  later();
}

std::span<const EventPtr> Session::next_events() {
  const std::span<const EventPtr> fresh = feed_->ring().following(cursor_);
  if (!fresh.empty()) {
    page_.reset();
    return fresh;
  }
  if (page_ != nullptr) {
    const std::span<const EventPtr> old = page_->following(cursor_);
    if (!old.empty()) return old;
  }
  page_ = feed_->loop().services().history.cached(feed_->slug(), feed_->epoch(), cursor_, use());
  return page_ == nullptr ? std::span<const EventPtr>() : page_->following(cursor_);
}

void Session::reach_edge() {
  page_.reset();
  if (behind_ && announced_ < cursor_) send_position();
  behind_ = false;
}

// A stream with more to send than its turn allows goes to the end of the queue.
void Session::later() {
  feed_->loop().post([self = shared_from_this()] { self->advance(); });
}

void Session::ask_history() {
  waiting_ = behind_ = true;
  Loop& loop = feed_->loop();
  loop.services().history.page(feed_->slug(), feed_->epoch(), cursor_, use(),
                               [&loop, weak = weak_from_this()](Result<PagePtr> page) {
                                 loop.post([weak, page = std::move(page)] {
                                   if (const auto session = weak.lock()) session->on_page(page);
                                 });
                               });
}

void Session::on_page(const Result<PagePtr>& page) {
  waiting_ = false;
  if (closed_ || ending_) return;
  if (std::exchange(stale_, false)) return advance();
  if (!page.ok()) return on_history_error(page.error());
  history_failures_ = 0;
  if ((*page)->events.empty()) {
    // The read is older than the hint, or the hint promised too much.
    if (!at_edge()) return feed_->verify();
  } else {
    page_ = *page;
  }
  advance();
}

void Session::search_tail() {
  waiting_ = true;
  Loop& loop = feed_->loop();
  History::Tail tail{feed_->slug(), feed_->epoch(), cursor_, tail_, filter_ ? *filter_ : Filter()};
  loop.services().history.tail(std::move(tail), weak_from_this(),
                               [&loop, weak = weak_from_this()](Result<std::int64_t> start) {
                                 loop.post([weak, start = std::move(start)] {
                                   if (const auto session = weak.lock()) session->on_tail(start);
                                 });
                               });
}

void Session::on_tail(const Result<std::int64_t>& start) {
  waiting_ = false;
  if (closed_ || ending_) return;
  if (std::exchange(stale_, false)) return advance();
  if (!start.ok()) return on_history_error(start.error());
  tail_ = 0;
  cursor_ = announced_ = *start;
  advance();
}

void Session::on_history_error(const Error& error) {
  if (error.kind == ErrorKind::not_found || error.kind == ErrorKind::gone) {
    feed_->verify();
    return end(gone_event(feed_->slug(), feed_->epoch()));
  }
  if (const auto times = feed_->loop().trouble().count())
    service::log_error("cannot read a log", error,
                       {{"trace_id", trace_id_}, {"instance", feed_->slug()}, {"times", *times}});
  // The client comes back with its position.
  if (++history_failures_ == kHistoryAttempts) return end({});
  retry_ = true;
}

void Session::look_at_token() {
  if (closed_ || ending_ || !grant_) return;
  const Status good = feed_->loop().services().gate->still_good(*grant_);
  if (good.ok()) return;
  // What a client does not read would keep its stream open.
  blocked_ ? close(good.error().code) : end(denied_event(good.error().code));
}

void Session::sweep(std::int64_t now_ms) {
  look_at_token();
  if (closed_) return;
  const StreamerOptions& options = feed_->loop().services().options;
  const std::int64_t quiet_ms = now_ms - stamp_ms_;
  if (blocked_) {
    if (quiet_ms >= options.write_deadline_secs * 1000) close("write deadline");
    return;
  }
  if (retry_) {
    retry_ = false;
    tail_ > 0 ? search_tail() : advance();
  }
  if (announced_ < cursor_ && idle()) send_position();
  if (quiet_ms >= options.heartbeat_secs * 1000) send_control(kHeartbeat);
}

void Session::start_again() {
  if (closed_ || ending_) return;
  page_.reset();
  stale_ = waiting_;
  cursor_ = announced_ = tail_ = 0;
  history_failures_ = 0;
  behind_ = retry_ = false;
  outbox_ += reset_event(after_reset_ ? "00" : "0", feed_->head(), feed_->epoch());
  advance();
}

void Session::end(std::string_view last_words) {
  if (closed_ || ending_) return;
  ending_ = true;
  page_.reset();
  outbox_ += last_words;
  advance();
}

// The client sends nothing we want; its end is what we wait for.
void Session::wait_readable() {
  socket_.wait_readable([self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->closed_) self->on_readable();
  });
}

void Session::on_readable() {
  std::array<char, kDiscardBytes> bytes;
  for (int i = 0; i < kDiscardReads; ++i) {
    const long read = socket_.receive(bytes.data(), bytes.size());
    if (read == Socket::kBroken) return close("client left");
    if (read == Socket::kWouldBlock) break;
  }
  wait_readable();
}

void Session::finish() {
  leave("ended");
  linger(feed_->loop().io(), std::move(socket_));
}

void Session::close(std::string_view reason) {
  leave(reason);
  socket_.close();
}

void Session::leave(std::string_view reason) {
  closed_ = true;
  partial_.reset();
  page_.reset();
  outbox_ = {};
  service::log_debug("stream ends",
                     {{"trace_id", trace_id_}, {"instance", feed_->slug()}, {"cursor", cursor_}, {"reason", reason}});
  feed_->detach(place_);
}

}  // namespace choreo::streamer
