#include "streamer/feed.h"

#include <algorithm>

#include "service/logging.h"
#include "streamer/limits.h"
#include "streamer/loop.h"
#include "streamer/session.h"
#include "streamer/sse.h"

namespace choreo::streamer {

Feed::Feed(Loop& loop, std::string slug, std::string epoch)
    : loop_(loop), slug_(std::move(slug)), epoch_(std::move(epoch)), next_(sessions_.end()) {}

void Feed::open() {
  loop_.services().hub.watch(slug_, loop_.index());
}

void Feed::close() {
  loop_.services().history.forget(slug_, epoch_);  // from now on nobody tells whether the log is still the one it was
  loop_.services().hub.unwatch(slug_, loop_.index());
}

Feed::Sessions::iterator Feed::attach(std::shared_ptr<Session> session) {
  return sessions_.insert(sessions_.end(), std::move(session));
}

void Feed::detach(Sessions::iterator session) {
  if (next_ == session) ++next_;
  sessions_.erase(session);
  if (sessions_.empty()) loop_.release(shared_from_this());
}

void Feed::apply(const Update& update) {
  ++hints_;
  if (update.epoch != epoch_) {
    verify();
  } else if (update.kind == wire::MessageKind::gone) {
    end_all();
  } else if (update.kind == wire::MessageKind::returned) {
    start_again(update.last_id);
  } else {
    const bool grew = take_events(update);
    // Streams may wait behind a head that was promised too high: what is new wakes them all the same.
    if (grew && update.last_id <= head_) start_pass();
    note_head(update.last_id);
  }
}

bool Feed::take_events(const Update& update) {
  if (update.events.empty()) return false;
  bool grew = false;
  // After a gap the ring starts anew: streams that need what is missing read it from the log.
  if (!ring_.empty() && update.events.front()->id() > ring_.last() + 1) ring_.clear();
  for (const EventPtr& event : update.events) {
    if (!ring_.empty() && event->id() != ring_.last() + 1) continue;
    ring_.push(event);
    grew = true;
  }
  last_event_ms_ = loop_.services().clock.steady_ms();
  return grew;
}

void Feed::note_head(std::int64_t head) {
  if (head <= head_) return;
  head_ = head;
  start_pass();
}

void Feed::verify() {
  if (verifying_) {
    unverified_ = true;
    return;
  }
  verifying_ = true;
  unverified_ = false;
  loop_.services().history.head(slug_,
                                [&loop = loop_, weak = weak_from_this(), hints = hints_](Result<log::Head> head) {
                                  loop.post([weak, hints, head = std::move(head)] {
                                    if (const auto feed = weak.lock()) feed->on_verified(head, hints);
                                  });
                                });
}

void Feed::on_verified(const Result<log::Head>& head, std::uint64_t hints_before) {
  verifying_ = false;
  if (!head.ok()) {
    const ErrorKind kind = head.error().kind;
    if (kind == ErrorKind::not_found || kind == ErrorKind::gone) return end_all();
    if (const auto times = loop_.trouble().count())
      service::log_error("cannot read the head of a log", head.error(), {{"instance", slug_}, {"times", *times}});
    unverified_ = true;  // the sweep asks again
    return;
  }
  if (head->epoch != epoch_) return end_all();
  // A hint may have promised more than there is; only a read that is newer than every hint can take it back.
  if (head_ > head->last_id && hints_before != hints_) {
    unverified_ = true;  // a stream waits for the word on what is promised beyond this
  } else if (head_ > head->last_id) {
    head_ = head->last_id;
    start_pass();  // it may have grown since streams found nothing more, by hints that promised less
  }
  note_head(head->last_id);
  if (unverified_) verify();
}

void Feed::sweep(std::int64_t now_ms) {
  if (unverified_ && !verifying_) verify();
  if (!ring_.empty() && now_ms - last_event_ms_ >= kRingAgeMs) ring_.clear();
  // A copy: sessions leave on the way.
  const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
  for (const auto& session : sessions) session->sweep(now_ms);
}

void Feed::look_at_tokens() {
  const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
  for (const auto& session : sessions) session->look_at_token();
}

void Feed::start_pass() {
  if (passing_) {
    again_ = true;
    return;
  }
  passing_ = true;
  next_ = sessions_.begin();
  continue_pass();
}

void Feed::continue_pass() {
  for (std::size_t served = 0; served < kPassSessions && next_ != sessions_.end(); ++served) {
    const std::shared_ptr<Session> session = *next_;
    ++next_;
    session->advance();
  }
  if (next_ == sessions_.end()) {
    passing_ = again_;
    if (!again_) return;
    again_ = false;
    next_ = sessions_.begin();
  }
  loop_.post([self = shared_from_this()] { self->continue_pass(); });
}

// The log is another one under the same epoch: nothing that was read of it counts.
void Feed::start_again(std::int64_t head) {
  loop_.services().history.forget(slug_, epoch_);
  ring_.clear();
  head_ = head;
  const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
  for (const auto& session : sessions) session->start_again();
}

void Feed::end_all() {
  loop_.services().history.forget(slug_, epoch_);  // a log of this epoch may come back, with other operations
  const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
  for (const auto& session : sessions) session->end(gone_event(slug_, epoch_));
}

}  // namespace choreo::streamer
