// Deliveries over real sockets to a server that answers with given bytes.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "dispatcher/delivery.h"
#include "dispatcher/transport.h"

using namespace choreo;
using dispatcher::AddressPolicy;
using dispatcher::Answer;
using dispatcher::kMaxAnswerBytes;
using dispatcher::Request;
using dispatcher::Transport;
using dispatcher::TransportOptions;

namespace {

constexpr std::int64_t kTimeoutMs = 1500;

// Reads a request of each connection, answers and closes it; or holds it open without an answer.
class RawServer {
 public:
  explicit RawServer(std::string answer, bool hold = false, const char* host = "127.0.0.1", int port = 0)
      : answer_(std::move(answer)), hold_(hold) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(inet_pton(AF_INET, host, &address.sin_addr) == 1);
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    stop_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    const std::uint64_t one = 1;
    REQUIRE(write(stop_, &one, sizeof one) == sizeof one);
    thread_.join();
    for (int fd : held_) close(fd);
    close(listener_);
    close(stop_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }
  int port() const { return port_; }
  int connections() const { return connections_; }
  std::string request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  bool readable(int fd) const {
    pollfd items[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    poll(items, 2, -1);
    return (items[1].revents & POLLIN) == 0;
  }

  void serve() {
    while (readable(listener_)) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      ++connections_;
      read_request(fd);
      if (hold_) {
        held_.push_back(fd);
        continue;
      }
      std::size_t sent = 0;
      while (sent < answer_.size()) {
        const ssize_t n = send(fd, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      shutdown(fd, SHUT_WR);
      close(fd);
    }
  }

  void read_request(int fd) {
    std::string text;
    char buffer[4096];
    while (text.find("{\"op_id\":1}") == std::string::npos && readable(fd)) {
      const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    const std::lock_guard lock(mutex_);
    request_ = text;
  }

  const std::string answer_;
  const bool hold_;
  int listener_ = -1;
  int stop_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<int> held_;
  std::mutex mutex_;
  std::string request_;  // guarded by mutex_
  std::thread thread_;
};

std::unique_ptr<Transport> transport(const char* allow = "loopback") {
  TransportOptions options;
  options.timeout_ms = kTimeoutMs;
  options.max_connections = 4;
  auto made = Transport::make(options, *AddressPolicy::parse(allow), system_clock());
  REQUIRE(made.ok());
  return std::move(*made);
}

Answer deliver(Transport& transport, const std::string& url,
               std::vector<std::string> headers = {"Content-Type: application/json"}) {
  const auto body = std::make_shared<const std::string>("{\"op_id\":1}");
  REQUIRE(transport.start(77, Request{url, std::move(headers), body}).ok());
  for (;;) {
    const auto ended = transport.run(100, -1);
    if (ended.empty()) continue;
    REQUIRE(ended.size() == 1);
    CHECK(ended.front().token == 77);
    CHECK(transport.in_flight() == 0);
    return ended.front().answer;
  }
}

Answer deliver(const RawServer& server) {
  return deliver(*transport(), server.url());
}

std::string http(const std::string& status, const std::string& more = "Content-Length: 0\r\n",
                 const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\n" + more + "\r\n" + body;
}

}  // namespace

TEST_CASE("a delivery is one POST with our headers and no others that matter") {
  RawServer server(http("200 OK"));
  const Answer answer =
      deliver(*transport(), server.url(), {"Content-Type: application/json", "X-Choreo-Instance: shop"});
  CHECK(answer.status == 200);
  CHECK(answer.error.empty());
  const std::string request = server.request();
  CHECK(request.starts_with("POST /hook HTTP/1.1\r\n"));
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(request.find("X-Choreo-Instance: shop\r\n") != std::string::npos);
  CHECK(request.find("Content-Length: 11\r\n") != std::string::npos);
  CHECK(request.find("User-Agent") == std::string::npos);
  CHECK(request.find("Expect") == std::string::npos);
  CHECK(request.ends_with("\r\n\r\n{\"op_id\":1}"));
}

TEST_CASE("statuses come back as they are, and redirects are not followed") {
  for (const auto& [line, status] : std::vector<std::pair<std::string, int>>{
           {"204 No Content", 204}, {"400 Bad", 400}, {"410 Gone", 410}, {"500 Oops", 500}}) {
    RawServer server(http(line));
    CHECK(deliver(server).status == status);
  }
  RawServer target(http("200 OK"));
  RawServer server(http("302 Found", "Content-Length: 0\r\nLocation: " + target.url() + "\r\n"));
  CHECK(deliver(server).status == 302);
  CHECK(target.connections() == 0);
}

TEST_CASE("interim answers and trailers are no part of the outcome") {
  RawServer interim(http("103 Early Hints", "Link: </x>\r\n") + http("200 OK"));
  CHECK(deliver(interim).status == 200);
  RawServer broken(http("100 Continue", "") + "HTTP/1.1 200 OK\r\nConte");
  CHECK(deliver(broken).status == 0);
  RawServer trailers(http("200 OK", "Transfer-Encoding: chunked\r\n", "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"));
  CHECK(deliver(trailers).status == 200);
}

TEST_CASE("Retry-After is read as seconds and as a date") {
  RawServer seconds(http("503 Busy", "Content-Length: 0\r\nRetry-After: 120\r\n"));
  CHECK(deliver(seconds).retry_after_ms == 120'000);
  RawServer date(http("503 Busy", "Content-Length: 0\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n"));
  CHECK(deliver(date).retry_after_ms > 3600'000);
  RawServer past(http("503 Busy", "Content-Length: 0\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"));
  CHECK(deliver(past).retry_after_ms == 0);
  RawServer nonsense(http("503 Busy", "Content-Length: 0\r\nRetry-After: soon\r\n"));
  CHECK(deliver(nonsense).retry_after_ms == 0);
}

TEST_CASE("half an answer, garbage and nothing are failures with a reason") {
  for (const std::string& bytes :
       {http("200 OK", "Content-Length: 10\r\n", "half"), std::string("HTTP/1.1 200 OK\r\nConte"),
        std::string("220 mail.example.org ESMTP\r\n"), std::string("")}) {
    INFO(bytes);
    RawServer server(bytes);
    const Answer answer = deliver(server);
    CHECK(answer.status == 0);
    CHECK_FALSE(answer.error.empty());
  }
}

TEST_CASE("an answer without end is cut off and its status counts") {
  RawServer server(http("200 OK", "Content-Length: 104857600\r\n", std::string(8u << 20, 'x')));
  CHECK(deliver(server).status == 200);
  RawServer failing(http("500 Oops", "Content-Length: 104857600\r\n", std::string(8u << 20, 'x')));
  CHECK(deliver(failing).status == 500);
}

TEST_CASE("headers without end are a failure") {
  std::string headers;
  while (headers.size() < 2 * kMaxAnswerBytes) headers += "X-Long: " + std::string(1000, 'x') + "\r\n";
  RawServer server(http("200 OK", headers));
  const Answer answer = deliver(server);
  CHECK(answer.status == 0);
  CHECK_FALSE(answer.error.empty());
}

TEST_CASE("an endpoint that never answers is given up after the timeout") {
  RawServer server("", true);
  const Answer answer = deliver(server);
  CHECK(answer.status == 0);
  CHECK(answer.error.find("no complete answer within") != std::string::npos);
  CHECK(answer.duration_ms >= kTimeoutMs - 10);  // both ends are rounded
  CHECK(answer.duration_ms < 4 * kTimeoutMs);
}

TEST_CASE("refused connections and unknown names are failures with a reason") {
  std::string url;
  { url = RawServer("").url(); }
  CHECK(deliver(*transport(), url).error.find("connect") != std::string::npos);
  CHECK_FALSE(deliver(*transport(), "http://name.invalid/").error.empty());
}

TEST_CASE("an internal address is refused before a connection is made, and the setting is named") {
  RawServer server(http("200 OK"));
  const std::string port = server.url().substr(server.url().rfind(':'));
  for (const std::string host :
       {"http://127.0.0.1", "http://localhost", "http://[::ffff:127.0.0.1]", "http://0x7f.1", "http://2130706433"}) {
    INFO(host);
    const Answer answer = deliver(*transport(""), host + port);
    CHECK(answer.status == 0);
    CHECK(answer.error.find("CHOREO_WEBHOOK_ALLOW") != std::string::npos);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("of a name's addresses only those that are open are dialled, whatever their order") {
  RawServer open(http("200 OK"), false, "127.0.0.2");
  RawServer internal(http("200 OK"), false, "127.0.0.1", open.port());
  const AddressPolicy policy = *AddressPolicy::parse("127.0.0.2");
  const TransportOptions options;
  int delivered = 0;
  for (const std::string addresses : {"127.0.0.1,127.0.0.2", "127.0.0.2,127.0.0.1", "127.0.0.1", "[::1],127.0.0.1"}) {
    INFO(addresses);
    // libcurl takes the name's addresses from here in place of the resolver; the rest is as in every delivery.
    const std::string entry = "both.test:" + std::to_string(open.port()) + ":" + addresses;
    curl_slist* resolved = curl_slist_append(nullptr, entry.c_str());
    auto delivery = *dispatcher::Delivery::make(options, policy, system_clock());
    curl_easy_setopt(delivery->handle(), CURLOPT_RESOLVE, resolved);
    const auto body = std::make_shared<const std::string>("{\"op_id\":1}");
    const std::string url = "http://both.test:" + std::to_string(open.port()) + "/hook";
    REQUIRE(delivery->load(1, Request{url, {}, body}).ok());
    const Answer answer = delivery->answer(curl_easy_perform(delivery->handle()));
    if (addresses.find("127.0.0.2") != std::string::npos) {
      CHECK(answer.status == 200);
      ++delivered;
    } else {
      CHECK(answer.status == 0);
      CHECK(answer.error.find("CHOREO_WEBHOOK_ALLOW") != std::string::npos);
    }
    CHECK(internal.connections() == 0);
    CHECK(open.connections() == delivered);
    delivery->unload();
    curl_slist_free_all(resolved);
  }
}

TEST_CASE("other protocols and user names in urls go nowhere") {
  RawServer server(http("200 OK"));
  const std::string rest = server.url().substr(7);
  for (const std::string& url :
       {"ftp://" + rest, std::string("file:///etc/passwd"), "gopher://" + rest, "http://user:password@" + rest}) {
    INFO(url);
    CHECK(deliver(*transport(), url).status == 0);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("many deliveries at once all come back, each once") {
  RawServer server(http("200 OK", "Content-Length: 0\r\nConnection: close\r\n"));
  const auto sender = transport();
  const auto body = std::make_shared<const std::string>("{\"op_id\":1}");
  std::vector<int> seen(100, 0);
  std::uint64_t next = 0;
  std::size_t done = 0;
  while (done < seen.size()) {
    while (!sender->full() && next < seen.size()) REQUIRE(sender->start(next++, Request{server.url(), {}, body}).ok());
    for (const auto& ended : sender->run(100, -1)) {
      CHECK(ended.answer.status == 200);
      ++seen[ended.token];
      ++done;
    }
  }
  for (int count : seen) CHECK(count == 1);
}

TEST_CASE("wake ends the wait") {
  const auto sender = transport();
  std::thread waker([&] { sender->wake(); });
  CHECK(sender->run(60'000, -1).empty());
  waker.join();
}
