// A connection over libfcgi, at one end of a socket pair.
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "fcgi/server/connection.h"
#include "fcgi/server/deferred.h"
#include "fcgi/server/limits.h"
#include "unit/fcgi_wire.h"

using namespace choreo;
using namespace choreo::fcgi::server;
using namespace choreo::fcgi_wire;
using Received = Connection::Received;
using Progress = Connection::Progress;

namespace {

struct Pair {
  Pair() {
    REQUIRE(start_library().ok());
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    connection = std::make_shared<Connection>(ends[0], false);
    peer = ends[1];
  }
  ~Pair() {
    if (peer >= 0) ::close(peer);
  }
  void send(std::string_view bytes) const {
    REQUIRE(::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  Received receive() {
    auto received = connection->receive(buffer);
    REQUIRE(received.ok());
    return *received;
  }
  std::string seen() const {
    std::string out(1 << 20, '\0');
    const ssize_t n = ::recv(peer, out.data(), out.size(), MSG_DONTWAIT);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }

  std::shared_ptr<Connection> connection;
  int peer = -1;
  std::array<char, kLookBytes> buffer;
};

Answer answer(std::string body) {
  return {200, "Status: 200 OK\r\n\r\n", std::move(body), nullptr};
}

const std::string kEnd = record(3, std::string(8, '\0'));

}  // namespace

TEST_CASE("requests one after the other on a connection are read and answered by libfcgi") {
  Pair pair;
  for (const std::string& body : {std::string("{\"a\":1}"), std::string(), std::string(40000, 'b')}) {
    pair.send(request(fcgi_wire::pair("REQUEST_METHOD", "POST") + fcgi_wire::pair("EMPTY", ""), body));
    REQUIRE(pair.receive() == Received::whole);
    REQUIRE(pair.connection->open());
    CHECK(pair.connection->parameter("REQUEST_METHOD") == "POST");
    CHECK(pair.connection->parameter("EMPTY").empty());
    CHECK(pair.connection->parameter("ABSENT").empty());
    CHECK(pair.connection->whole() == body);
    pair.connection->set_answer(answer("the answer"), false);
    CHECK(pair.connection->send(0) == Progress::done);
    const std::string seen = pair.seen();
    CHECK(seen.find("the answer") != std::string::npos);
    CHECK(seen.ends_with(kEnd));
  }
}

TEST_CASE("a request that comes in parts is gathered, and a byte at a time as well") {
  Pair pair;
  const std::string bytes = request(fcgi_wire::pair("A", std::string(70000, 'v')), std::string(3000, 'b'));
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 7) {
    pair.send(std::string_view(bytes).substr(at, std::min<std::size_t>(7, bytes.size() - 1 - at)));
    REQUIRE(pair.receive() == Received::part);
  }
  pair.send(bytes.substr(bytes.size() - 1));
  REQUIRE(pair.receive() == Received::whole);
  REQUIRE(pair.connection->open());
  CHECK(pair.connection->parameter("A").size() == 70000);
  CHECK(pair.connection->whole()->size() == 3000);
}

TEST_CASE("a long body is read while it arrives, and the end of a sender that leaves is no end") {
  const bool complete = GENERATE(true, false);
  Pair pair;
  std::string body(2 * kGatheredBodyBytes, 'b');
  body += "end";
  std::string bytes = request(fcgi_wire::pair("A", "1"), body);
  if (!complete) bytes.resize(bytes.size() - 100);
  std::thread sender([&] {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const ssize_t n = ::send(pair.peer, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    ::shutdown(pair.peer, SHUT_WR);
  });
  Received received = Received::part;
  while (received == Received::part) received = pair.receive();
  REQUIRE(received == Received::large);
  REQUIRE(pair.connection->open());
  CHECK_FALSE(pair.connection->whole());
  std::string read;
  std::array<char, 10000> some;
  while (const std::size_t n = pair.connection->read(some.data(), some.size())) read.append(some.data(), n);
  sender.join();
  CHECK((read == body) == complete);
  CHECK(pair.connection->broken() == !complete);
}

TEST_CASE("faults_a10_an answer that is not read waits without a thread, and goes on when it is") {
  struct Pieces : Body {
    Result<bool> next(std::string& out) override {
      out.assign(50000, 'p');
      return --left > 0;
    }
    void paused() override { ++pauses; }
    int left = 40, pauses = 0;
  };
  Pair pair;
  pair.send(request(fcgi_wire::pair("A", "1"), ""));
  REQUIRE(pair.receive() == Received::whole);
  REQUIRE(pair.connection->open());
  Answer long_answer = answer("");
  long_answer.rest = std::make_unique<Pieces>();
  pair.connection->set_answer(std::move(long_answer), false);
  std::size_t read = 0;
  int waits = 0;
  Progress progress;
  while ((progress = pair.connection->send(0)) == Progress::waiting) {
    pair.connection->pause();
    ++waits;
    for (std::string some = pair.seen(); !some.empty(); some = pair.seen()) read += some.size();
    REQUIRE(waits < 1000);
  }
  CHECK(progress == Progress::done);
  for (std::string some = pair.seen(); !some.empty(); some = pair.seen()) read += some.size();
  CHECK(waits > 5);
  CHECK(read > 40 * 50000);
}

TEST_CASE("the last answer of a connection has bytes behind its end, which come with it") {
  Pair pair;
  pair.send(request(fcgi_wire::pair("A", "1"), ""));
  REQUIRE(pair.receive() == Received::whole);
  REQUIRE(pair.connection->open());
  pair.connection->set_answer(answer("x"), true);
  CHECK(pair.connection->send(0) == Progress::over);
  CHECK(pair.seen().ends_with(kEnd + std::string(8, '\0')));
}

TEST_CASE("faults_b1_a peer that closes with half a request is seen to have closed") {
  Pair pair;
  pair.send(begin() + record(4, "half"));
  ::close(std::exchange(pair.peer, -1));
  CHECK(pair.receive() == Received::ended);
}

TEST_CASE("a peer that closes before its answer ends the connection") {
  Pair pair;
  pair.send(request(fcgi_wire::pair("A", "1"), ""));
  REQUIRE(pair.receive() == Received::whole);
  REQUIRE(pair.connection->open());
  ::close(std::exchange(pair.peer, -1));
  pair.connection->set_answer(answer("x"), false);
  CHECK(pair.connection->send(0) == Progress::failed);
}

TEST_CASE("events of a busy connection are kept for the loop") {
  Pair pair;
  CHECK(pair.connection->claim(1));
  pair.connection->set_busy(0);
  CHECK_FALSE(pair.connection->claim(4));
  CHECK(pair.connection->busy());
  CHECK(pair.connection->release() == 4);
  CHECK_FALSE(pair.connection->busy());
  CHECK(pair.connection->claim(1));
}

TEST_CASE("deferred answers and news come out of the mailbox in order, and once") {
  struct Ready : Deferred {
    using Deferred::Deferred;
    Answer answer() override { return ::answer("ready"); }
  };
  Pair pair;
  Mailbox mailbox;
  REQUIRE(mailbox.valid());
  std::thread other([&] {
    Deferred::deliver(std::make_unique<Ready>(Ticket{pair.connection, &mailbox}));
    mailbox.put(pair.connection, Mailbox::News::look, 5);
  });
  other.join();
  Mailbox::Contents contents = mailbox.take();
  REQUIRE(contents.answers.size() == 1);
  CHECK(contents.answers[0]->answer().body == "ready");
  CHECK(contents.answers[0]->place().connection == pair.connection);
  REQUIRE(contents.news.size() == 1);
  CHECK(contents.news[0].events == 5);
  CHECK(mailbox.take().answers.empty());
}
