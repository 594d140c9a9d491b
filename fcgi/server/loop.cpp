#include "fcgi/server/loop.h"

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "service/logging.h"

namespace choreo::fcgi::server {
namespace {

constexpr int kMaxEvents = 128;
constexpr int kAcceptPauseMs = 100;  // where a connection could not be taken, or should be taken by another worker

// What an event's data points to where it is no connection.
int kListenTag, kStopTag, kMailTag;

Error no_descriptors(const char* doing) {
  return make_error(ErrorKind::unavailable, "descriptors",
                    std::string(doing) + ": " + std::generic_category().message(errno));
}

}  // namespace

Loop::Loop(int socket, const ServerOptions& options, Handler& handler, const std::function<service::Values()>& counted,
           service::Context& context)
    : socket_(socket),
      options_(options),
      handler_(handler),
      context_(context),
      counted_(counted),
      pool_(options.threads),
      body_readers_(std::max<std::size_t>(1, options.threads / 2)) {}

bool Loop::watch(int fd, std::uint32_t events, void* data) const {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

Status Loop::start() {
  epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  if (epoll_.get() < 0 || !mailbox_.valid()) return no_descriptors("make the server's loop");
  if (!watch(context_.stop_fd(), EPOLLIN, &kStopTag) || !watch(mailbox_.fd(), EPOLLIN, &kMailTag))
    return no_descriptors("watch the server's own descriptors");
  set_accepting(true);
  if (!accepting_) return no_descriptors("watch the listening socket");
  return {};
}

// All workers on the socket are woken for a connection (no EPOLLEXCLUSIVE): one that hangs must not take the only
// wakeup.
void Loop::set_accepting(bool accepting) {
  if (accepting == accepting_) return;
  if (accepting)
    accepting_ = watch(socket_, EPOLLIN, &kListenTag);
  else
    accepting_ = epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket_, nullptr) != 0;
}

void Loop::pause_accepting() {
  set_accepting(false);
  accept_again_ms_ = system_clock().steady_ms() + kAcceptPauseMs;
}

// One, so that the other workers on the socket get theirs. What is over the limit is left to them for a moment; then it
// is taken to be told so.
void Loop::accept_one() {
  const bool full = connections_.size() >= options_.max_connections;
  if (full &&
      (!std::exchange(others_had_time_, true) || connections_.size() >= options_.max_connections + kRefusedAtOnce))
    return pause_accepting();
  if (!full) others_had_time_ = false;
  const int fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) {
    const auto connection = std::make_shared<Connection>(fd, full);
    if (watch(fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection.get())) connections_.emplace(connection.get(), connection);
    return;
  }
  if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN || errno == EWOULDBLOCK) return;
  // Out of descriptors or memory. Connections wait in the socket's backlog, for us or for another worker.
  if (const auto times = lines_.count())
    service::log_error("cannot accept connections", no_descriptors("accept"), {{"times", *times}});
  pause_accepting();
}

void Loop::drop(const ConnectionPtr& connection) {
  if (connection->notes.phase == Connection::Phase::parked) {
    std::erase(parked_, connection);
    note_parked();
  }
  connection->notes.phase = Connection::Phase::open;
  if (connection->fd() >= 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection->fd(), nullptr);
  connections_.erase(connection.get());
}

void Loop::drop_overdue() {
  const std::int64_t now = system_clock().steady_ms();
  next_overdue_ms_ = now + kOverdueMs;
  std::vector<ConnectionPtr> late;
  for (const auto& [key, connection] : connections_) {
    const Connection::Notes& notes = connection->notes;
    const std::int64_t waited = now - notes.since_ms;
    switch (notes.phase) {
      case Connection::Phase::open:
        continue;
      case Connection::Phase::receiving:
        if (waited < kReceiveMs) continue;
        service::log_warning("dropped a request that did not come to its end");
        break;
      case Connection::Phase::parked:
        if (notes.waited_ms + waited < options_.answer_deadline_ms) continue;
        service::log_info("dropped an answer whose reader took too long");
        break;
      case Connection::Phase::discarding:
        if (waited < kDiscardMs) continue;
        break;
    }
    late.push_back(connection);
  }
  for (const ConnectionPtr& connection : late) drop(connection);
  // What they no longer hold lies scattered over the heaps of many threads.
  if (std::exchange(parked_some_, false)) pool_.run([] { ::malloc_trim(0); });
}

int Loop::timeout_ms() const {
  const std::int64_t now = system_clock().steady_ms();
  std::int64_t until = next_keep_alive_ms_;
  if (!connections_.empty()) until = std::min(until, next_overdue_ms_);
  if (!accepting_ && !stopping_) until = std::min(until, accept_again_ms_);
  if (stopping_ && now < stop_ms_ + kIdleDrainMs) until = std::min(until, stop_ms_ + kIdleDrainMs);
  return static_cast<int>(std::clamp<std::int64_t>(until - now, 0, kDrainMs));
}

void Loop::turn() {
  std::array<epoll_event, kMaxEvents> events;
  const int n = epoll_wait(epoll_.get(), events.data(), kMaxEvents, timeout_ms());
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &kListenTag) {
      accept_one();
    } else if (event.data.ptr == &kStopTag) {
      begin_stop();
    } else if (event.data.ptr != &kMailTag) {
      const auto known = connections_.find(static_cast<const Connection*>(event.data.ptr));
      if (known != connections_.end()) handle(ConnectionPtr(known->second), event.events);
    }
  }
  // After what came in, which may join the next commit while these are written.
  deliver();
  while (!to_be_handled_.empty()) {
    const auto [connection, seen] = std::move(to_be_handled_.back());
    to_be_handled_.pop_back();
    if (connections_.contains(connection.get())) handle(connection, seen);
  }
}

void Loop::begin_stop() {
  context_.stopping();
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, context_.stop_fd(), nullptr);
  set_accepting(false);
  stopping_ = true;
  stop_ms_ = system_clock().steady_ms();
}

// Connections without a request are closed after a while; one on which a request comes, or is answered, is not.
void Loop::drain() {
  const std::int64_t now = system_clock().steady_ms();
  const std::int64_t waited = now - stop_ms_;
  if (waited < kIdleDrainMs) return;
  const auto is_idle = [&](const Connection& connection) {
    if (connection.busy()) return false;
    if (connection.notes.phase == Connection::Phase::receiving) return waited >= kDrainMs;
    return connection.notes.phase == Connection::Phase::open || now - connection.notes.since_ms >= kIdleDrainMs;
  };
  std::vector<ConnectionPtr> idle;
  for (const auto& [key, connection] : connections_)
    if (is_idle(*connection)) idle.push_back(connection);
  for (const ConnectionPtr& connection : idle) drop(connection);
  if (waited >= kDrainMs) end_drain();
}

void Loop::end_drain() {
  while (!parked_.empty()) drop(ConnectionPtr(parked_.front()));
  if (connections_.empty()) return;
  service::log_warning("requests were still being served when the drain's time was over",
                       {{"requests", static_cast<std::int64_t>(connections_.size())}});
  std::_Exit(EXIT_FAILURE);  // their threads cannot be joined, and what is committed is on disk
}

void Loop::run() {
  keep_alive();
  context_.ready();
  while (!stopping_ || !connections_.empty()) {
    turn();
    const std::int64_t now = system_clock().steady_ms();
    if (!accepting_ && !stopping_ && now >= accept_again_ms_) set_accepting(true);
    if (now >= next_overdue_ms_) drop_overdue();
    if (stopping_) drain();
    if (now >= next_keep_alive_ms_) keep_alive();
  }
}

void Loop::keep_alive() {
  service::Values values = counted_();
  counts_.append_to(values);
  values.emplace_back("choreo_connections", static_cast<std::int64_t>(connections_.size()));
  context_.keep_alive(values);
  next_keep_alive_ms_ = system_clock().steady_ms() + context_.keep_alive_interval_ms();
}

}  // namespace choreo::fcgi::server
