// One real loop over a real log, its messages handed in by the test: in order, late, twice or not at all.
#include "streamer/loop.h"

#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "streamer/limits.h"
#include "streamer_client.h"
#include "streamer_clock.h"
#include "streamer_log.h"

using namespace choreo;
using namespace choreo::streamer;
using test::id_range;
using test::SteppedClock;
using test::StreamClient;
using test::StreamEvent;

namespace {

struct Fixture {
  explicit Fixture(std::int64_t max_streams = 100) : max(max_streams) {
    log.create("demo");
    loop.start();
  }
  ~Fixture() {
    loop.drain();
    loop.join();
    history.stop();
  }

  StreamClient connect() {
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
    loop.adopt(pair[0]);
    return StreamClient(pair[1]);
  }
  StreamClient open(const std::string& target, const std::string& headers = "") {
    StreamClient client = connect();
    client.get(target, headers);
    REQUIRE(client.read_head() == 200);
    return client;
  }
  void deliver(const wire::Message& message) { loop.deliver(Update::from(message)); }
  void hint(std::int64_t last_id) {
    deliver({wire::MessageKind::head, "demo", log.head("demo").epoch, 0, last_id, {}});
  }
  // Appends and tells the loop.
  void grow(int count) { deliver(log.append("demo", count)); }

  test::TestLog log;
  StreamerOptions options;
  SteppedClock clock;
  SeededRandom random{7};
  History history{log.instances, clock, 2};
  Hub hub{1, [](std::size_t, UpdatePtr) {}};
  const std::int64_t max;
  std::atomic<std::int64_t> streams{0};
  std::atomic<std::int64_t> events{0};
  Services services{options, clock, random, history, hub, nullptr, 0, max, streams, events};
  Loop loop{services, 0};
};

StreamEvent next(StreamClient& client, const std::string& name) {
  const StreamEvent event = client.read_event();
  REQUIRE(event.name == name);
  return event;
}

}  // namespace

TEST_CASE("a stream goes on from history to live operations") {
  Fixture f;
  f.log.append("demo", 100);
  StreamClient client = f.open("/demo/stream");
  CHECK(client.read_ids(100) == id_range(1, 100));
  CHECK(client.retries == std::vector<std::int64_t>{3000});
  CHECK(client.comments == std::vector<std::string>{"epoch " + f.log.head("demo").epoch});
  f.grow(5);
  CHECK(client.read_ids(5) == id_range(101, 105));
}

TEST_CASE("every operation comes once, in order, whatever happens to the messages") {
  Fixture f;
  StreamClient early = f.open("/demo/stream");
  std::vector<wire::Message> messages;
  for (int i = 0; i < 60; ++i) messages.push_back(f.log.append("demo", 1 + i % 7));
  SeededRandom random(GENERATE(1, 2, 3, 4, 5));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    switch (random.next_u64() % 5) {
      case 0:  // lost
        break;
      case 1:  // late: another one goes before it
        f.deliver(messages[random.next_u64() % messages.size()]);
        [[fallthrough]];
      case 2:  // without the bytes
        messages[i].records.clear();
        [[fallthrough]];
      case 3:  // twice
        f.deliver(messages[i]);
        [[fallthrough]];
      default:
        f.deliver(messages[i]);
    }
  }
  const std::int64_t head = f.log.head("demo").last_id;
  StreamClient late = f.open("/demo/stream?last_id=17");
  f.hint(head);
  CHECK(early.read_ids(static_cast<std::size_t>(head)) == id_range(1, head));
  CHECK(late.read_ids(static_cast<std::size_t>(head - 17)) == id_range(18, head));
  f.grow(1);
  CHECK(early.read_ids(1) == id_range(head + 1, head + 1));
  CHECK(late.read_ids(1) == id_range(head + 1, head + 1));
}

TEST_CASE("a hint that promises too much changes nothing") {
  Fixture f;
  f.log.append("demo", 3);
  StreamClient client = f.open("/demo/stream");
  CHECK(client.read_ids(3) == id_range(1, 3));
  f.hint(1000);
  f.grow(2);
  CHECK(client.read_ids(2) == id_range(4, 5));
  f.hint(2000);
  f.log.append("demo", 1);
  f.hint(6);
  CHECK(client.read_ids(1) == id_range(6, 6));
}

TEST_CASE("what is appended while a promise is looked up is sent") {
  Fixture f;
  StreamClient client = f.open("/demo/stream");
  constexpr int kRounds = 300;
  for (int round = 1; round <= kRounds; ++round) {
    f.hint(1000 + round);
    f.log.append("demo", 1);
    f.hint(round);
    REQUIRE(client.read_ids(1) == id_range(round, round));
  }
}

TEST_CASE("records that are not what the message says are not sent") {
  Fixture f;
  StreamClient client = f.open("/demo/stream");
  wire::Message message = f.log.append("demo", 2);
  std::swap(message.records[0], message.records[1]);
  f.deliver(message);
  message.records = {"garbage"};
  f.deliver(message);
  CHECK(client.read_ids(2) == id_range(1, 2));
}

TEST_CASE("records that are no JSON of one line are not sent") {
  Fixture f;
  StreamClient client = f.open("/demo/stream");
  std::int64_t last = 0;
  for (const std::string broken : {"}\n\nid: 9\n", "\"", ",", "\x01}", "\xff\"}", " }"}) {
    wire::Message message = f.log.append("demo", 1);
    std::string& record = message.records[0];
    record.replace(record.size() - 1, 1, broken);
    f.deliver(message);
    ++last;
    CHECK(client.read_ids(1) == id_range(last, last));
  }
}

TEST_CASE("a deleted instance ends its streams with gone") {
  Fixture f;
  const std::string epoch = f.log.append("demo", 1).epoch;
  StreamClient client = f.open("/demo/stream");
  client.read_ids(1);
  f.log.remove("demo");
  f.deliver({wire::MessageKind::gone, "demo", epoch, 0, 0, {}});
  const StreamEvent gone = next(client, "gone");
  CHECK(gone.id == "0");
  CHECK(gone.data == R"({"instance":"demo","epoch":")" + epoch + "\"}");
  CHECK(client.read_event().name.empty());
}

TEST_CASE("an instance made anew ends the streams of the old one, and no other") {
  Fixture f;
  const std::string old_epoch = f.log.append("demo", 3).epoch;
  StreamClient old_client = f.open("/demo/stream");
  old_client.read_ids(3);
  f.log.remove("demo");
  f.log.create("demo");
  StreamClient new_client = f.open("/demo/stream");
  CHECK(new_client.headers["x-choreo-epoch"] != old_epoch);
  f.grow(2);
  CHECK(new_client.read_ids(2) == id_range(1, 2));
  next(old_client, "gone");
  // A message of the old instance that arrives late.
  f.deliver({wire::MessageKind::gone, "demo", old_epoch, 0, 0, {}});
  f.grow(1);
  CHECK(new_client.read_ids(1) == id_range(3, 3));
}

TEST_CASE("a stream that is behind when its instance goes learns it from the log") {
  Fixture f;
  f.log.append("demo", 20'000);
  StreamClient client = f.open("/demo/stream");
  next(client, "op");
  f.log.remove("demo");
  StreamEvent event;
  while ((event = client.read_event()).name == "op") continue;
  CHECK(event.name == "gone");
}

TEST_CASE("a filtered stream tells its position where nothing matched") {
  Fixture f;
  f.log.append("demo", 50);
  StreamClient client = f.open("/demo/stream?table=rare");
  CHECK(next(client, "position").id == "50");
  f.grow(3);
  CHECK(next(client, "position").data == R"({"id":53})");  // with the next sweep
  f.deliver(f.log.append("demo", {test::TestLog::insertion("rare", "a"), test::TestLog::insertion("rare", "b")}));
  CHECK(client.read_ids(2) == id_range(54, 55));
}

TEST_CASE("a long scan tells its position on the way") {
  Fixture f;
  f.log.append("demo", static_cast<int>(2 * kPositionEvery + 500));
  StreamClient client = f.open("/demo/stream?table=rare");
  std::int64_t last = 0;
  int positions = 0;
  for (; last < 2 * kPositionEvery + 500; ++positions) last = std::stoll(next(client, "position").id);
  CHECK(positions >= 3);
}

TEST_CASE("a filtered tail gives the last that match, then goes on") {
  Fixture f;
  f.log.append("demo", {test::TestLog::insertion("rare", "a"), test::TestLog::insertion("rare", "b")});
  f.log.append("demo", 3000);
  StreamClient client = f.open("/demo/stream?table=rare&tail=1");
  CHECK(client.read_ids(1) == id_range(2, 2));
  CHECK(next(client, "position").id == "3002");
  f.deliver(f.log.append("demo", {test::TestLog::insertion("rare", "c")}));
  CHECK(client.read_ids(1) == id_range(3003, 3003));
}

TEST_CASE("a stream reset for its epoch marks its ids") {
  Fixture f;
  f.log.append("demo", 3);
  StreamClient client = f.open("/demo/stream?epoch=ffffffffffffffffffffffffffffffff&last_id=2");
  CHECK(next(client, "reset").id == "00");
  CHECK(next(client, "op").id == "01");
  CHECK(next(client, "op").id == "02");
  CHECK(next(client, "op").id == "03");
  StreamClient again = f.open("/demo/stream?epoch=ffffffffffffffffffffffffffffffff&last_id=2", "Last-Event-ID: 02\r\n");
  CHECK(next(again, "op").id == "03");
  f.grow(1);
  CHECK(next(again, "op").id == "04");
}

TEST_CASE("a reader that stops for a while misses nothing and disturbs nobody") {
  Fixture f;
  StreamClient slow = f.open("/demo/stream");
  StreamClient fast = f.open("/demo/stream");
  Draft large = test::TestLog::insertion("things", "x");
  large.target = R"({"id":"x","text":")" + std::string(3000, 'x') + "\"}";
  constexpr int kBatches = 60;
  constexpr int kBatch = 100;  // 18 MB in all, far beyond ring and socket
  for (int i = 0; i < kBatches; ++i) {
    f.deliver(f.log.append("demo", std::vector<Draft>(kBatch, large)));
    REQUIRE(fast.read_ids(kBatch) == id_range(i * kBatch + 1, (i + 1) * kBatch));
  }
  CHECK(slow.read_ids(kBatches * kBatch) == id_range(1, kBatches * kBatch));
}

TEST_CASE("a reader that takes nothing is closed after the write deadline") {
  Fixture f;
  Draft large = test::TestLog::insertion("things", "x");
  large.target = R"({"id":"x","text":")" + std::string(1 << 20, 'x') + "\"}";
  StreamClient stuck = f.open("/demo/stream");
  StreamClient reading = f.open("/demo/stream");
  f.deliver(f.log.append("demo", {large, large, large}));
  CHECK(reading.read_ids(3) == id_range(1, 3));
  test::wait_until([&] {
    f.clock.advance(f.options.write_deadline_secs * 1000);
    return f.streams.load() == 1;
  });
  f.grow(1);
  CHECK(reading.read_ids(1) == id_range(4, 4));
  CHECK(stuck.read_rest().size() < 3u << 20);
}

TEST_CASE("silence is broken by a comment") {
  Fixture f;
  StreamClient client = f.open("/demo/stream");
  test::wait_until([&] { return client.readable(0); });
  f.clock.advance(f.options.heartbeat_secs * 1000);
  f.grow(1);
  test::wait_until([&] {
    f.clock.advance(f.options.heartbeat_secs * 1000);
    f.grow(1);
    next(client, "op");
    return client.comments.size() > 1;
  });
}

TEST_CASE("a client that leaves frees its place") {
  Fixture f(1);
  {
    StreamClient client = f.open("/demo/stream");
    StreamClient refused = f.connect();
    refused.get("/demo/stream");
    CHECK(refused.read_head() == 503);
    CHECK(refused.headers.contains("retry-after"));
    CHECK(refused.read_rest().find("too_many_streams") != std::string::npos);
  }
  test::wait_until([&] { return f.streams.load() == 0; });
  f.open("/demo/stream");
}

TEST_CASE("requests that are no streams get their answers") {
  Fixture f;
  const auto answer = [&](const std::string& request, int status, const std::string& code) {
    CAPTURE(request);
    StreamClient client = f.connect();
    client.send(request + "Host: test\r\nX-Trace-ID: t-1\r\n\r\n");
    CHECK(client.read_head() == status);
    CHECK(client.headers["access-control-allow-origin"] == "*");
    if (status != 400 || code != "bad_request") CHECK(client.headers["x-trace-id"] == "t-1");
    const std::string body = client.read_rest();
    if (!code.empty()) CHECK(body.find("\"code\":\"" + code + "\"") != std::string::npos);
    return std::pair(client.headers, body);
  };
  answer("GET /demo/other HTTP/1.1\r\n", 404, "not_found");
  answer("GET / HTTP/1.1\r\n", 404, "not_found");
  answer("GET /none/stream HTTP/1.1\r\n", 404, "unknown_instance");
  answer("GET /.control/stream HTTP/1.1\r\n", 400, "bad_slug");
  answer("GET /../stream HTTP/1.1\r\n", 400, "bad_slug");
  answer("GET /d%zz/stream HTTP/1.1\r\n", 400, "bad_encoding");
  answer("GET /demo/stream?tail=x HTTP/1.1\r\n", 400, "bad_parameter");
  answer("nonsense\r\n", 400, "bad_request");
  CHECK(answer("POST /demo/stream HTTP/1.1\r\n", 405, "method_not_allowed").first["allow"] == "GET, HEAD, OPTIONS");
  CHECK(answer("OPTIONS /demo/stream HTTP/1.1\r\n", 204, "").first["access-control-allow-methods"] ==
        "GET, POST, PATCH, DELETE, HEAD, OPTIONS");
  const auto head = answer("HEAD /demo/stream HTTP/1.1\r\n", 200, "");
  CHECK(head.second.empty());
  auto headers = head.first;
  CHECK(headers["content-type"] == "text/event-stream");
  CHECK(headers["cache-control"] == "private, no-cache");
  CHECK(headers["x-accel-buffering"] == "no");
  CHECK(headers["x-choreo-epoch"] == f.log.head("demo").epoch);
  CHECK(answer("HEAD /none/stream HTTP/1.1\r\n", 404, "").second.empty());
  const auto health = answer("GET /health HTTP/1.1\r\n", 200, "");
  CHECK(health.second.find("\"status\":\"ok\"") != std::string::npos);
  CHECK(health.second.find("\"broker\":false") != std::string::npos);
}

TEST_CASE("a head in small pieces is read, a large one refused, an unfinished one answered in time") {
  Fixture f;
  StreamClient pieces = f.connect();
  for (const char* piece : {"GET /demo/st", "ream HTTP/1.1\r\nHo", "st: x\r\n\r"}) {
    pieces.send(piece);
    CHECK_FALSE(pieces.readable(20));
  }
  pieces.send("\n");
  CHECK(pieces.read_head() == 200);
  StreamClient large = f.connect();
  large.send("GET /demo/stream HTTP/1.1\r\nX: " + std::string(kMaxHeadBytes, 'x') + "\r\n\r\n");
  CHECK(large.read_head() == 431);
  StreamClient slow = f.connect();
  StreamClient silent = f.connect();
  slow.send("GET /demo/stream HTTP/1.1\r\n");
  test::wait_until([&] { return f.loop.connections() >= 3; });
  test::wait_until([&] {
    f.clock.advance(kHeadDeadlineMs);
    return slow.readable(100);
  });
  CHECK(slow.read_head() == 408);
  CHECK(silent.read_rest().empty());
}

TEST_CASE("a stop ends streams between two events and tells them to come back at different times") {
  auto f = std::make_unique<Fixture>();
  std::vector<StreamClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(f->open("/demo/stream"));
  f->grow(3);
  for (StreamClient& client : clients) client.read_ids(3);
  f->loop.drain();
  std::vector<std::int64_t> retries;
  for (StreamClient& client : clients) {
    CHECK(client.read_event().name.empty());
    REQUIRE(client.retries.size() == 2);
    CHECK(client.retries.back() >= 3000);
    CHECK(client.retries.back() < 3000 + kRetryJitterMs);
    retries.push_back(client.retries.back());
    client.close();
  }
  std::sort(retries.begin(), retries.end());
  CHECK(retries.front() != retries.back());
}
