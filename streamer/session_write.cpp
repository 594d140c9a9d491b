// How a session writes: at most one write under way, bounded in bytes, of buffers shared with other sessions.
#include <array>

#include "streamer/limits.h"
#include "streamer/loop.h"
#include "streamer/session.h"
#include "streamer/sse.h"

namespace choreo::streamer {
namespace {

iovec piece(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

// True once nothing is left to send of what was begun.
bool Session::flush() {
  while (partial_ != nullptr || !outbox_.empty()) {
    const std::string_view text =
        partial_ != nullptr ? std::string_view(partial_->text()).substr(partial_sent_) : std::string_view(outbox_);
    const iovec rest = piece(text);
    const long sent = socket_.send(&rest, 1);
    if (sent == Socket::kBroken) return close("client left"), false;
    if (sent == Socket::kWouldBlock) return wait_writable(), false;
    progressed();
    const auto bytes = static_cast<std::size_t>(sent);
    if (partial_ == nullptr) {
      outbox_.erase(0, bytes);
      if (outbox_.empty()) outbox_ = std::string();  // gives the memory back
    } else if (bytes == text.size()) {
      partial_.reset();
    } else {
      partial_sent_ += bytes;
    }
  }
  return true;
}

// False if the session cannot go on now. Takes events up to the limits of one write.
bool Session::send_events(std::span<const EventPtr> events) {
  if (after_reset_ || !event_name_.empty()) return send_copies(events);
  std::array<iovec, kWriteEvents> pieces;
  std::array<const EventPtr*, kWriteEvents> chosen;
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::int64_t scanned = cursor_;
  for (const EventPtr& event : events) {
    const std::size_t size = event->text().size();
    if (count == kWriteEvents || (count > 0 && bytes + size > kWriteBytes)) break;
    scanned = event->id();
    if (!wants(*event)) continue;
    pieces[count] = piece(event->text());
    chosen[count++] = &event;
    bytes += size;
  }
  const long sent = count == 0 ? 0 : socket_.send(pieces.data(), count);
  if (sent == Socket::kBroken) return close("client left"), false;
  feed_->loop().services().events.fetch_add(static_cast<std::int64_t>(count), std::memory_order_relaxed);
  if (sent > 0) progressed();
  if (static_cast<std::size_t>(sent) < bytes) {
    hold_rest({chosen.data(), count}, static_cast<std::size_t>(sent));
    return wait_writable(), false;
  }
  cursor_ = scanned;
  if (count > 0) announced_ = (*chosen[count - 1])->id();
  if (cursor_ - announced_ >= kPositionEvery) outbox_ += position_event(announced_ = cursor_);
  return true;
}

// The socket took only so many bytes: the cursor stands at the event they end in.
void Session::hold_rest(std::span<const EventPtr* const> sent, std::size_t bytes) {
  for (const EventPtr* event : sent) {
    if (bytes == 0) return;
    const std::size_t size = (*event)->text().size();
    cursor_ = announced_ = (*event)->id();
    if (bytes < size) {
      partial_ = *event;
      partial_sent_ = bytes;
      return;
    }
    bytes -= size;
  }
}

// Only clients that were reset for their epoch, or that ask for another name of events, get here.
bool Session::send_copies(std::span<const EventPtr> events) {
  std::int64_t count = 0;
  for (const EventPtr& event : events) {
    if (outbox_.size() >= kCopyBytes) break;
    cursor_ = event->id();
    if (!wants(*event)) continue;
    announced_ = cursor_;
    outbox_ += copy_of(*event);
    ++count;
  }
  feed_->loop().services().events.fetch_add(count, std::memory_order_relaxed);
  if (cursor_ - announced_ >= kPositionEvery) send_position();
  return !closed_ && !blocked_ && flush();
}

std::string Session::copy_of(const Event& event) const {
  if (event_name_.empty()) return mark_after_reset(event.text());
  std::string named = renamed(event.text(), event_name_);
  return after_reset_ ? mark_after_reset(named) : named;
}

void Session::send_control(std::string_view text) {
  outbox_ += text;
  if (!closed_ && !blocked_) flush();
}

void Session::send_position() {
  announced_ = cursor_;
  const std::string event = position_event(cursor_);
  send_control(after_reset_ ? mark_after_reset(event) : event);
}

void Session::progressed() {
  stamp_ms_ = feed_->loop().services().clock.steady_ms();
}

void Session::wait_writable() {
  // What a slow client does not read, others need not keep for it: the log has it.
  page_.reset();
  blocked_ = true;
  progressed();
  socket_.wait_writable([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->closed_) return;
    self->blocked_ = false;
    self->advance();
  });
}

}  // namespace choreo::streamer
