#include "fcgi/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "base/clock.h"
#include "base/thread_pool.h"
#include "fcgi/answer.h"
#include "fcgi/connection.h"
#include "fcgi/deferred.h"
#include "fcgi/request_counts.h"
#include "http/trace.h"
#include "service/logging.h"
#include "service/throttle.h"
#include "service/unix_listener.h"

namespace choreo::fcgi {
namespace {

constexpr int kMaxEvents = 128;
constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;
constexpr std::size_t kLargeBodyBytes = std::size_t{256}
                                        << 10;  // a longer body is read by the thread that serves the request
constexpr int kAcceptPauseMs = 100;             // after the system had no descriptor left for us

Error no_descriptors(const char* doing) {
  return make_error(ErrorKind::unavailable, "descriptors",
                    std::string(doing) + ": " + std::generic_category().message(errno));
}

class Server {
 public:
  Server(int socket, const ServerOptions& options, const Router& router,
         const std::function<service::Values()>& counted, service::Context& context)
      : socket_(socket),
        options_(options),
        router_(router),
        context_(context),
        counted_(counted),
        pool_(options.threads) {}
  ~Server() {
    if (epoll_ >= 0) ::close(epoll_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Status start();
  void run();

 private:
  using ConnectionPtr = std::shared_ptr<Connection>;

  void turn();
  int timeout_ms() const;
  bool watch(int fd, std::uint32_t events, void* data) const;
  void keep_alive();
  void note(Connection& connection, const Asker& asker, const Response& response);
  void begin_stop();
  void drain();

  void set_accepting(bool accepting);
  void accept_one();
  void receive(const ConnectionPtr& connection);
  void dispatch(const ConnectionPtr& connection);
  void serve_on_thread(const ConnectionPtr& connection);
  void answer(const ConnectionPtr& connection, const Asker& asker, const Response& response);
  void send_now(const ConnectionPtr& connection, const std::string& bytes, bool keep);
  void drop(const Connection& connection);
  void deliver();

  bool prepare(Request& request, Asker& asker, Connection& connection, std::optional<Response>& refused) const;

  const int socket_;
  const ServerOptions options_;
  const Router& router_;
  service::Context& context_;
  int epoll_ = -1;
  Mailbox mailbox_;
  std::unordered_map<const Connection*, ConnectionPtr> connections_;
  std::array<char, kReceiveBytes> buffer_;
  bool accepting_ = false;
  std::int64_t accept_again_ms_ = 0;
  std::atomic<bool> stopping_{false};
  std::int64_t stop_ms_ = 0;
  bool drained_idle_ = false;
  std::int64_t next_keep_alive_ms_ = 0;
  const std::function<service::Values()>& counted_;
  RequestCounts counts_;
  service::Throttle lines_{system_clock()};
  ThreadPool pool_;  // last: its threads end before what they use goes
};

bool Server::watch(int fd, std::uint32_t events, void* data) const {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

// What an event's data points to where it is no connection.
int kListenTag, kStopTag, kMailTag;

Status Server::start() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0 || !mailbox_.valid()) return no_descriptors("make the server's loop");
  if (!watch(context_.stop_fd(), EPOLLIN, &kStopTag) || !watch(mailbox_.fd(), EPOLLIN, &kMailTag))
    return no_descriptors("watch the server's own descriptors");
  set_accepting(true);
  if (!accepting_) return no_descriptors("watch the listening socket");
  return {};
}

// All workers on the socket are woken for a connection (no EPOLLEXCLUSIVE): one that hangs must not take the only
// wakeup.
void Server::set_accepting(bool accepting) {
  if (accepting == accepting_) return;
  if (accepting)
    accepting_ = watch(socket_, EPOLLIN, &kListenTag);
  else
    accepting_ = epoll_ctl(epoll_, EPOLL_CTL_DEL, socket_, nullptr) != 0;
}

// One, so that the other workers on the socket get theirs.
void Server::accept_one() {
  const int fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) {
    const auto connection = std::make_shared<Connection>(fd);
    if (watch(fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection.get())) connections_.emplace(connection.get(), connection);
    return;
  }
  if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN || errno == EWOULDBLOCK) return;
  // Out of descriptors or memory. Connections wait in the socket's backlog, for us or for another worker.
  if (const auto times = lines_.count())
    service::log_error("cannot accept connections", no_descriptors("accept"), {{"times", *times}});
  set_accepting(false);
  accept_again_ms_ = system_clock().steady_ms() + kAcceptPauseMs;
}

void Server::drop(const Connection& connection) {
  const auto known = connections_.find(&connection);
  if (known == connections_.end()) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.fd(), nullptr);
  connections_.erase(known);
}

void Server::receive(const ConnectionPtr& connection) {
  RequestReader& reader = connection->reader();
  while (true) {
    const ssize_t n = ::recv(connection->fd(), buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) return drop(*connection);
    if (Status taken = reader.take(std::string_view(buffer_.data(), static_cast<std::size_t>(n))); !taken.ok()) {
      service::log_warning("dropped a connection", {{"error", taken.error().message}});
      return drop(*connection);
    }
    if (!reader.replies().empty()) {
      const std::string replies = std::exchange(reader.replies(), {});
      if (connection->send_some(replies) != static_cast<ssize_t>(replies.size())) return drop(*connection);
    }
    if (reader.complete() || (reader.has_parameters() && reader.body().size() > kLargeBodyBytes))
      return dispatch(connection);
    if (static_cast<std::size_t>(n) < buffer_.size()) return;  // what comes later is another event
  }
}

// False where the request cannot be served; `refused` then says why.
bool Server::prepare(Request& request, Asker& asker, Connection& connection, std::optional<Response>& refused) const {
  request.method = request.input->parameter("REQUEST_METHOD");
  request.max_body_bytes = options_.max_body_bytes;
  request.given_trace_id =
      http::given_trace_id(request.input->parameter("HTTP_X_TRACE_ID"), request.input->parameter("HTTP_TRACEPARENT"))
          .value_or("");
  request.trace_id = request.given_trace_id.empty() ? http::make_trace_id(system_random()) : request.given_trace_id;
  asker = {connection.reader().id(), request.method == "HEAD", stopping_ && connection.reader().keep_connection(),
           request.trace_id};
  Result<http::Target> target = http::parse_target(request.input->parameter("REQUEST_URI"));
  if (!target.ok()) {
    refused = error_response(target.error());
    return false;
  }
  request.target = std::move(*target);
  return true;
}

void Server::dispatch(const ConnectionPtr& connection) {
  connection->set_busy();
  ConnectionInput input(*connection);
  if (connection->reader().complete() && router_.may_defer(input.parameter("REQUEST_METHOD"))) {
    Request request;
    request.input = &input;
    Ticket ticket{connection, &mailbox_, {}};
    std::optional<Response> response;
    if (prepare(request, ticket.asker, *connection, response)) response = router_.start(request, ticket);
    if (response) return answer(connection, ticket.asker, *response);
    if (!ticket.connection) return;
  }
  pool_.run([this, connection] { serve_on_thread(connection); });
}

void Server::serve_on_thread(const ConnectionPtr& connection) {
  ConnectionInput input(*connection);
  Request request;
  request.input = &input;
  Asker asker;
  std::optional<Response> refused;
  const bool good = prepare(request, asker, *connection, refused);
  const Response response = good ? router_.handle(request) : std::move(*refused);
  input.read_rest();
  note(*connection, asker, response);
  const bool keep = connection->reader().keep_connection();
  const auto send = [&](std::string_view records, bool last) {
    if (last) connection->release();
    return connection->send_all(records);
  };
  const bool sent = response.stream ? stream_answer(asker, response, send) : send(whole_answer(asker, response), true);
  if (!sent || !keep) mailbox_.put_broken(connection);
}

void Server::note(Connection& connection, const Asker& asker, const Response& response) {
  counts_.note(response.status, connection.busy_us());
  if (!service::logs(service::Level::debug)) return;
  const std::string_view uri = connection.reader().parameter("REQUEST_URI");
  service::log_debug("request", {{"method", connection.reader().parameter("REQUEST_METHOD")},
                                 {"path", uri.substr(0, uri.find('?'))},  // the rest may hold secrets
                                 {"status", response.status},
                                 {"trace_id", asker.trace_id}});
}

void Server::answer(const ConnectionPtr& connection, const Asker& asker, const Response& response) {
  note(*connection, asker, response);
  const bool keep = connection->reader().keep_connection();
  send_now(connection, whole_answer(asker, response), keep);
}

void Server::send_now(const ConnectionPtr& connection, const std::string& bytes, bool keep) {
  const ssize_t n = connection->send_some(bytes);
  if (n == static_cast<ssize_t>(bytes.size())) {
    connection->release();
    if (!keep) drop(*connection);
    return;
  }
  if (n < 0) return drop(*connection);
  // The web server reads nothing at the moment: a thread waits for it.
  pool_.run([this, connection, rest = bytes.substr(static_cast<std::size_t>(n)), keep] {
    connection->release();
    if (!connection->send_all(rest) || !keep) mailbox_.put_broken(connection);
  });
}

void Server::deliver() {
  Mailbox::Contents contents = mailbox_.take();
  for (const std::unique_ptr<Deferred>& deferred : contents.answers)
    answer(deferred->ticket().connection, deferred->ticket().asker, deferred->response());
  for (const ConnectionPtr& connection : contents.broken) drop(*connection);
}

int Server::timeout_ms() const {
  std::int64_t until = INT64_MAX;
  if (!accepting_ && !stopping_) until = accept_again_ms_;
  if (stopping_) until = drained_idle_ ? stop_ms_ + kDrainMs : stop_ms_ + kIdleDrainMs;
  until = std::min(until, next_keep_alive_ms_);
  return static_cast<int>(std::clamp<std::int64_t>(until - system_clock().steady_ms(), 0, kDrainMs));
}

void Server::turn() {
  std::array<epoll_event, kMaxEvents> events;
  const int n = epoll_wait(epoll_, events.data(), kMaxEvents, timeout_ms());
  for (int i = 0; i < n; ++i) {
    void* const data = events[static_cast<std::size_t>(i)].data.ptr;
    if (data == &kListenTag) {
      accept_one();
    } else if (data == &kStopTag) {
      begin_stop();
    } else if (data != &kMailTag) {
      const auto known = connections_.find(static_cast<const Connection*>(data));
      // One that is busy belongs to whoever serves it, who will notice if it is broken.
      if (known != connections_.end() && !known->second->busy()) receive(ConnectionPtr(known->second));
    }
  }
  // After what came in, which may join the next commit while these are written.
  deliver();
}

void Server::begin_stop() {
  context_.stopping();
  epoll_ctl(epoll_, EPOLL_CTL_DEL, context_.stop_fd(), nullptr);
  set_accepting(false);
  stopping_ = true;
  stop_ms_ = system_clock().steady_ms();
}

void Server::drain() {
  const std::int64_t waited = system_clock().steady_ms() - stop_ms_;
  if (waited < kIdleDrainMs) return;
  drained_idle_ = true;
  for (auto it = connections_.begin(); it != connections_.end();) {
    const Connection& connection = *it->second;
    ++it;
    if (!connection.busy()) drop(connection);
  }
  if (waited < kDrainMs || connections_.empty()) return;
  service::log_warning("requests were still being served when the drain's time was over",
                       {{"requests", static_cast<std::int64_t>(connections_.size())}});
  std::_Exit(EXIT_FAILURE);  // their threads cannot be joined, and what is committed is on disk
}

void Server::run() {
  keep_alive();
  context_.ready();
  while (!stopping_ || !connections_.empty()) {
    turn();
    const std::int64_t now = system_clock().steady_ms();
    if (!accepting_ && !stopping_ && now >= accept_again_ms_) set_accepting(true);
    if (stopping_) drain();
    if (now >= next_keep_alive_ms_) keep_alive();
  }
}

void Server::keep_alive() {
  service::Values values = counted_();
  counts_.append_to(values);
  values.emplace_back("choreo_connections", static_cast<std::int64_t>(connections_.size()));
  context_.keep_alive(values);
  next_keep_alive_ms_ = system_clock().steady_ms() + context_.keep_alive_interval_ms();
}

}  // namespace

Result<int> listening_socket(std::int64_t listen_fd, const std::string& socket_path) {
  if (listen_fd >= 0) return service::adopt_listener(static_cast<int>(listen_fd), "listen-fd");
  const int passed = service::passed_listener();
  if (passed >= 0) return service::adopt_listener(passed, "passed by systemd");
  return service::listen_unix(socket_path, kListenBacklog);
}

Status serve(int socket, const ServerOptions& options, const Router& router,
             const std::function<service::Values()>& counted, service::Context& context) {
  const auto server = std::make_unique<Server>(socket, options, router, counted, context);
  CHOREO_TRY(server->start());
  server->run();
  return {};
}

}  // namespace choreo::fcgi
