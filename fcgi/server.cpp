#include "fcgi/server.h"

#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "http/answer.h"
#include "http/trace.h"

namespace choreo::fcgi {
namespace {

constexpr int kWakeSignal = SIGUSR1;  // ends a blocking accept or read, so that the thread sees the stop
constexpr int kWakeEveryMs = 20;
constexpr std::size_t kUsualHeadBytes = 512;

class FcgiInput : public Input {
 public:
  explicit FcgiInput(FCGX_Request& request) : request_(request) {}
  std::string_view parameter(const char* name) const override {
    const char* value = FCGX_GetParam(name, request_.envp);
    return value ? std::string_view(value) : std::string_view();
  }
  std::size_t read(char* buffer, std::size_t size) override {
    const int n = FCGX_GetStr(buffer, static_cast<int>(std::min<std::size_t>(size, 1 << 20)), request_.in);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

 private:
  FCGX_Request& request_;
};

std::string head_of(const Response& response, const std::string& trace_id) {
  std::string head;
  head.reserve(kUsualHeadBytes + response.body.size());
  head.append("Status: ").append(std::to_string(response.status)).append(" ");
  head.append(http::reason_of(response.status)).append("\r\n").append(http::kAllowOrigin).append(http::kExposeHeaders);
  if (response.status != 204 && response.status != 304)
    head.append("Content-Type: ").append(response.content_type).append("\r\n");
  if (!response.stream && response.status != 204 && response.status != 304)
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  for (const auto& [name, value] : response.headers) head.append(name).append(": ").append(value).append("\r\n");
  head.append("X-Trace-ID: ").append(trace_id).append("\r\n\r\n");
  return head;
}

bool put(FCGX_Request& request, std::string_view bytes) {
  constexpr std::size_t kPiece = 1 << 20;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    const std::string_view piece = bytes.substr(at, kPiece);
    if (FCGX_PutStr(piece.data(), static_cast<int>(piece.size()), request.out) < 0) return false;
  }
  return true;
}

void answer(FCGX_Request& fcgi, const Request& request, const Response& response) {
  std::string head = head_of(response, request.trace_id);
  const bool has_body = request.method != "HEAD" && response.status != 204 && response.status != 304;
  if (!response.stream) {
    if (has_body) head += response.body;
    put(fcgi, head);
    return;
  }
  put(fcgi, head);
  if (!has_body) return;
  const Status status = response.stream([&](std::string_view bytes) -> Status {
    if (put(fcgi, bytes)) return {};
    return make_error(ErrorKind::gone, "client_gone", "the client is gone");
  });
  if (status.ok() || status.error().code == "client_gone") return;
  service::log_error("answer cut short", status.error(), {{"trace_id", request.trace_id}});
  FCGX_SetExitStatus(1, fcgi.out);
}

// A body that the handler had no use for: what stays unread would be taken for the connection's next request.
void read_rest(Input& input) {
  char unused[4096];
  while (input.read(unused, sizeof unused) > 0) {
  }
}

class Server {
 public:
  Server(int socket, int threads, std::size_t max_body_bytes, const std::function<Response(Request&)>& handler)
      : socket_(socket), threads_(threads), max_body_bytes_(max_body_bytes), handler_(handler) {}

  void run(service::Context& context);

 private:
  void serve_thread();
  void serve_one(FCGX_Request& fcgi);
  void drain(std::vector<std::thread>& threads);

  int socket_;
  int threads_;
  std::size_t max_body_bytes_;
  const std::function<Response(Request&)>& handler_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;  // guarded by mutex_
};

void Server::serve_one(FCGX_Request& fcgi) {
  FcgiInput input(fcgi);
  Request request;
  request.input = &input;
  request.method = input.parameter("REQUEST_METHOD");
  request.max_body_bytes = max_body_bytes_;
  request.given_trace_id =
      http::given_trace_id(input.parameter("HTTP_X_TRACE_ID"), input.parameter("HTTP_TRACEPARENT")).value_or("");
  request.trace_id = request.given_trace_id.empty() ? http::make_trace_id(system_random()) : request.given_trace_id;
  Result<http::Target> target = http::parse_target(input.parameter("REQUEST_URI"));
  Response response;
  if (target.ok()) {
    request.target = std::move(*target);
    response = handler_(request);
  } else {
    response = error_response(target.error());
  }
  read_rest(input);
  answer(fcgi, request, response);
}

void Server::serve_thread() {
  FCGX_Request fcgi;
  FCGX_InitRequest(&fcgi, socket_, FCGI_FAIL_ACCEPT_ON_INTR);
  while (!stopping_) {
    if (FCGX_Accept_r(&fcgi) < 0) continue;  // a signal, or a connection that broke before its request was whole
    serve_one(fcgi);
    if (stopping_) fcgi.keepConnection = 0;
    FCGX_Finish_r(&fcgi);
  }
  FCGX_Free(&fcgi, 1);
  const std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

// A thread may be about to block when a signal reaches it, so each is woken until all have ended.
void Server::drain(std::vector<std::thread>& threads) {
  stopping_ = true;
  FCGX_ShutdownPending();
  const std::int64_t deadline = system_clock().steady_ms() + kDrainMs;
  std::unique_lock lock(mutex_);
  while (running_ > 0) {
    if (system_clock().steady_ms() > deadline) {
      service::log_warning("requests were still being served when the drain's time was over", {{"threads", running_}});
      std::_Exit(EXIT_FAILURE);  // the threads cannot be joined, and what is committed is on disk
    }
    for (std::thread& thread : threads) pthread_kill(thread.native_handle(), kWakeSignal);
    ended_.wait_for(lock, std::chrono::milliseconds(kWakeEveryMs), [&] { return running_ == 0; });
  }
}

void Server::run(service::Context& context) {
  struct sigaction wake {};
  wake.sa_handler = [](int) {};
  sigaction(kWakeSignal, &wake, nullptr);  // without SA_RESTART: that is its purpose
  std::vector<std::thread> threads;
  running_ = threads_;
  for (int i = 0; i < threads_; ++i) threads.emplace_back([this] { serve_thread(); });
  context.ready();
  context.wait_for_stop();
  context.stopping();
  drain(threads);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

Result<int> listening_socket(std::int64_t listen_fd, const std::string& socket_path) {
  if (listen_fd < 0 && sd_listen_fds(0) > 0) listen_fd = SD_LISTEN_FDS_START;
  if (listen_fd >= 0) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(static_cast<int>(listen_fd), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening)
      return make_error(ErrorKind::unavailable, "listen",
                        "descriptor " + std::to_string(listen_fd) + " (listen-fd) is not a listening socket");
    return static_cast<int>(listen_fd);
  }
  const int fd = FCGX_OpenSocket(socket_path.c_str(), kListenBacklog);
  if (fd < 0)
    return make_error(ErrorKind::unavailable, "listen",
                      "cannot listen on '" + socket_path + "': " + std::strerror(errno));
  return fd;
}

Status serve(int socket, int threads, std::size_t max_body_bytes, const std::function<Response(Request&)>& handler,
             service::Context& context) {
  if (FCGX_Init() != 0) return make_error(ErrorKind::internal, "fcgi_init", "libfcgi did not start");
  Server(socket, threads, max_body_bytes, handler).run(context);
  return {};
}

}  // namespace choreo::fcgi
