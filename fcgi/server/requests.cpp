// The way of a request through the loop: received, begun, answered.
#include <sys/epoll.h>

#include <algorithm>
#include <exception>

#include "fcgi/server/loop.h"
#include "service/logging.h"

namespace choreo::fcgi::server {
namespace {

constexpr std::uint32_t kGone = EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kEnding = EPOLLRDHUP | kGone;  // no further request will come

// What a library throws ends this request only.
template <class Call>
bool guarded(const char* doing, Call call) {
  try {
    call();
    return true;
  } catch (const std::exception& exception) {
    service::log_error("a request ended by an exception", {{"doing", doing}, {"exception", exception.what()}});
  }
  return false;
}

}  // namespace

void Loop::handle(const ConnectionPtr& connection, std::uint32_t events) {
  switch (connection->notes.phase) {
    case Connection::Phase::parked:
      if ((events & kGone) != 0) return drop(connection);
      if ((events & EPOLLOUT) == 0) return;
      unpark(connection);
      return pool_.run([this, connection] { send_on_thread(connection); });
    case Connection::Phase::discarding:
      if (!connection->discard(buffer_)) drop(connection);
      return;
    case Connection::Phase::open:
    case Connection::Phase::receiving:
      if (connection->claim(events)) receive(connection, events);
  }
}

void Loop::receive(const ConnectionPtr& connection, std::uint32_t events) {
  std::optional<Result<Connection::Received>> received;
  if (!guarded("receiving", [&] { received = connection->receive(buffer_); })) return drop(connection);
  if (!received->ok()) {
    if (const auto times = lines_.count())
      service::log_warning("dropped a connection", {{"error", received->error().message}, {"times", *times}});
    return drop(connection);
  }
  switch (**received) {
    case Connection::Received::ended:
      return drop(connection);
    case Connection::Received::part:
      if (connection->notes.phase == Connection::Phase::open) {
        connection->notes = {connection->has_begun() ? Connection::Phase::receiving : Connection::Phase::open,
                             system_clock().steady_ms()};
      }
      return;
    case Connection::Received::whole:
    case Connection::Received::large:
      connection->notes = {};
      connection->set_busy(events & kEnding);
      return begin(connection, **received == Connection::Received::whole);
  }
}

void Loop::begin(const ConnectionPtr& connection, bool whole) {
  bool opened = false;
  if (!guarded("reading", [&] { opened = connection->open(); }) || !opened) {
    service::log_warning("dropped a connection whose request could not be read");
    return drop(connection);
  }
  if (!connection->refused()) {
    if (whole) return start_request(connection);
    if (body_readers_.try_run([this, connection] { serve_on_thread(connection); }, options_.max_waiting)) return;
  }
  std::optional<Answer> busy;
  if (!guarded("refusing", [&] { busy = handler_.busy(*connection); })) return drop(connection);
  answer(connection, std::move(*busy));
}

void Loop::start_request(const ConnectionPtr& connection) {
  Ticket ticket{connection, &mailbox_};
  Start start;
  if (!guarded("starting", [&] { start = handler_.start(*connection, ticket); })) return drop(connection);
  if (start.answer) return answer(connection, std::move(*start.answer));
  if (!ticket.connection) return;
  const bool aside = start.lane == Lane::aside;
  if ((aside ? aside_ : pool_)
          .try_run([this, connection] { serve_on_thread(connection); }, aside ? kWaitingAside : options_.max_waiting))
    return;
  std::optional<Answer> busy;
  if (!guarded("refusing", [&] { busy = handler_.busy(*connection); })) return drop(connection);
  answer(connection, std::move(*busy));
}

void Loop::serve_on_thread(const ConnectionPtr& connection) {
  if (!guarded("serving", [&] { set_answer(connection, handler_.serve(*connection)); }))
    return mailbox_.put(connection, Mailbox::News::broken);
  send_on_thread(connection);
}

void Loop::set_answer(const ConnectionPtr& connection, Answer answer) {
  counts_.note(answer.status, connection->busy_us());
  connection->set_answer(std::move(answer), stopping_ || connection->refused());
}

void Loop::answer(const ConnectionPtr& connection, Answer answer) {
  set_answer(connection, std::move(answer));
  if (connection->answer_is_small()) return send(connection);
  pool_.run([this, connection] { send_on_thread(connection); });
}

void Loop::send(const ConnectionPtr& connection) {
  Connection::Progress progress = Connection::Progress::failed;
  guarded("answering", [&] { progress = connection->send(0); });
  switch (progress) {
    case Connection::Progress::done:
      return released(connection);
    case Connection::Progress::over:
      return set_discarding(connection);
    case Connection::Progress::waiting:
      return park(connection);
    case Connection::Progress::failed:
      return drop(connection);
  }
}

void Loop::released(const ConnectionPtr& connection) {
  if (const std::uint32_t events = connection->release(); events != 0) to_be_handled_.emplace_back(connection, events);
}

void Loop::send_on_thread(const ConnectionPtr& connection) {
  Connection::Progress progress = Connection::Progress::failed;
  guarded("answering", [&] {
    progress = connection->send(many_parked_ ? kLongPatienceMs : kPatienceMs);
    if (progress == Connection::Progress::waiting) connection->pause();
  });
  switch (progress) {
    case Connection::Progress::done:
      if (const std::uint32_t events = connection->release(); events != 0)
        mailbox_.put(connection, Mailbox::News::look, events);
      return;
    case Connection::Progress::over:
      return mailbox_.put(connection, Mailbox::News::over);
    case Connection::Progress::waiting:
      return mailbox_.put(connection, Mailbox::News::waiting);
    case Connection::Progress::failed:
      return mailbox_.put(connection, Mailbox::News::broken);
  }
}

// How many may wait without trouble.
void Loop::note_parked() {
  many_parked_ = parked_.size() >= std::max(kParkedAtLeast, kParkedPerThread * options_.threads);
}

// The answer waits for its reader, and no thread with it. Where too many do, the one whose reader took nothing for the
// longest time is given up.
void Loop::park(const ConnectionPtr& connection) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET | EPOLLOUT;
  event.data.ptr = connection.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection->fd(), &event) != 0) return drop(connection);
  const std::int64_t now = system_clock().steady_ms();
  connection->notes.phase = Connection::Phase::parked;
  connection->notes.since_ms = now;
  parked_.push_back(connection);
  parked_some_ = true;
  note_parked();
  const std::size_t many = std::max(kParkedAtLeast, kParkedPerThread * options_.threads);
  const bool stalled = now - parked_.front()->notes.since_ms >= kStalledMs;
  if (parked_.size() <= (stalled ? many : many + many / kParkedBeyond)) return;
  if (const auto times = lines_.count())
    service::log_warning("dropped answers whose readers take nothing: too many wait", {{"times", *times}});
  drop(ConnectionPtr(parked_.front()));
}

void Loop::unpark(const ConnectionPtr& connection) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.ptr = connection.get();
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection->fd(), &event);
  std::erase(parked_, connection);
  note_parked();
  connection->notes.phase = Connection::Phase::open;
  connection->notes.waited_ms += system_clock().steady_ms() - connection->notes.since_ms;
}

// The web server closes it, having read the answer.
void Loop::set_discarding(const ConnectionPtr& connection) {
  connection->notes = {Connection::Phase::discarding, system_clock().steady_ms()};
  connection->release();
  if (!connection->discard(buffer_)) drop(connection);
}

void Loop::deliver() {
  Mailbox::Contents contents = mailbox_.take();
  for (const std::unique_ptr<Deferred>& deferred : contents.answers) {
    const ConnectionPtr connection = deferred->place().connection;
    std::optional<Answer> made;
    if (!guarded("answering", [&] { made = deferred->answer(); }))
      drop(connection);
    else
      answer(connection, std::move(*made));
  }
  for (const auto& [connection, news, events] : contents.news) {
    if (!connections_.contains(connection.get())) continue;
    switch (news) {
      case Mailbox::News::look:
        handle(connection, events);
        break;
      case Mailbox::News::waiting:
        park(connection);
        break;
      case Mailbox::News::over:
        set_discarding(connection);
        break;
      case Mailbox::News::broken:
        drop(connection);
        break;
    }
  }
}

}  // namespace choreo::fcgi::server
