// Publishers, the broker and subscribers over real sockets and real logs.
#include <poll.h>
#include <zmq.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "unit/broker_thread.h"
#include "wire/names.h"
#include "wire/publisher.h"
#include "wire/subscriber.h"

using namespace choreo;
using test::BrokerThread;
using test::Inbox;
using test::Logs;
using wire::Message;
using wire::MessageKind;
using wire::Publisher;
using wire::Subscriber;

namespace {

bool is_growth(const Message& m) {
  return m.kind == MessageKind::committed || m.kind == MessageKind::head;
}

// ZeroMQ does not tell when a connection stands: try until one does.
void publish_surely(Publisher& publisher, const Message& message) {
  for (int i = 0; i < 2000; ++i) {
    if (publisher.publish(message)) return;
    ::poll(nullptr, 0, 5);
  }
  FAIL("the broker was not reached");
}

void hear_broker(const Subscriber& subscriber) {
  for (int i = 0; i < 2000 && !subscriber.broker_alive(); ++i) ::poll(nullptr, 0, 5);
  REQUIRE(subscriber.broker_alive());
}

// Appends and publishes until the subscriber hears of it from the broker: its subscription has arrived. Returns the
// head.
std::int64_t join(const Logs& logs, const std::string& slug, Publisher& publisher, Inbox& inbox) {
  std::int64_t head = 0;
  const auto heard = [&] {
    for (const Message& m : inbox.all())
      if (m.kind == MessageKind::committed && m.slug == slug && m.last_id == head) return true;
    return false;
  };
  for (int i = 0; i < 200; ++i) {
    const Message message = logs.append(slug, 1);
    head = message.last_id;
    publish_surely(publisher, message);
    for (int j = 0; j < 20; ++j) {
      if (heard()) {
        inbox.wait([&](const Message& m) { return m.kind == MessageKind::committed && m.last_id == head; });
        return head;
      }
      ::poll(nullptr, 0, 5);
    }
  }
  throw std::runtime_error("the broker was not heard");
}

// Collects the operations of one instance from what a subscriber hears, and checks their order.
struct Line {
  std::int64_t head = 0;
  std::vector<std::string> records;
  int without_records = 0;

  bool take(const Message& m, std::int64_t until) {
    if (m.kind != MessageKind::committed) return head >= until;
    if (m.first_id != head + 1)
      throw std::runtime_error("after " + std::to_string(head) + " came " + std::to_string(m.first_id));
    head = m.last_id;
    without_records += m.records.empty() ? 1 : 0;
    records.insert(records.end(), m.records.begin(), m.records.end());
    return head >= until;
  }
};

}  // namespace

TEST_CASE("What a worker publishes reaches a subscriber with its bytes") {
  const Logs logs;
  logs.create("demo");
  const BrokerThread broker(logs);
  Publisher publisher(logs.run_dir());
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  const std::int64_t head = join(logs, "demo", publisher, inbox);
  const Message appended = logs.append("demo", 3);
  publish_surely(publisher, appended);
  const Message heard = inbox.wait(MessageKind::committed, "demo");
  CHECK(heard.first_id == head + 1);
  CHECK(heard.last_id == head + 3);
  CHECK(heard.epoch == appended.epoch);
  CHECK(heard.records == appended.records);
}

TEST_CASE("Two workers that append and publish at once: one order, no gap, no repetition, every byte") {
  const Logs logs;
  logs.create("demo");
  const BrokerThread broker(logs);
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  Publisher first(logs.run_dir());
  const std::int64_t start = join(logs, "demo", first, inbox);
  constexpr int kCommits = 60;
  std::vector<std::thread> workers;
  for (int w = 0; w < 2; ++w)
    workers.emplace_back([&, w] {
      Publisher publisher(logs.run_dir());
      for (int i = 0; i < kCommits; ++i) {
        const Message message = logs.append("demo", 1 + (i + w) % 5);
        if (i % 10 != 3) publisher.publish(message);  // some are lost
      }
    });
  for (std::thread& worker : workers) worker.join();
  auto reader = log::Reader::open(logs.instances(), "demo");
  REQUIRE(reader.ok());
  const std::int64_t last = reader->head()->last_id;
  Line line{start, {}, 0};
  inbox.wait([&](const Message& m) { return line.take(m, last); });
  CHECK(line.head == last);
  CHECK(line.without_records == 0);
  const auto page = reader->page(start, static_cast<int>(last), 1u << 30);
  REQUIRE(page.ok());
  REQUIRE(line.records.size() == page->size());
  for (std::size_t i = 0; i < page->size(); ++i) {
    std::string expected;
    append_json(expected, (*page)[i]);
    if (line.records[i] != expected) FAIL("operation " << (*page)[i].id << " has other bytes");
  }
}

TEST_CASE("A commit whose message was never sent is found, and relayed with its bytes") {
  const Logs logs;
  logs.create("demo");
  const BrokerThread broker(logs);
  Publisher publisher(logs.run_dir());
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  join(logs, "demo", publisher, inbox);
  const std::int64_t before = system_clock().steady_ms();
  const Message appended = logs.append("demo", 4);
  const Message recovered = inbox.wait(MessageKind::committed, "demo");
  CHECK(recovered.records == appended.records);
  // About a second by contract; the rest is for a busy machine.
  CHECK(system_clock().steady_ms() - before < 5000);
}

TEST_CASE("A subscription while the broker lives is answered with the head, or with gone") {
  const Logs logs;
  logs.create("demo");
  logs.append("demo", 2);
  const BrokerThread broker(logs);
  wire::ZmqContext context;
  wire::ZmqSocket raw(context, ZMQ_SUB);
  REQUIRE(raw.connect(wire::relay_endpoint(logs.run_dir())).ok());
  const auto answer = [&](const std::string& slug) {
    raw.set(ZMQ_SUBSCRIBE, wire::instance_topic(slug));
    zmq_pollitem_t item{raw.handle(), -1, ZMQ_POLLIN, 0};
    REQUIRE(zmq_poll(&item, 1, 10000) == 1);
    const auto frames = raw.receive();
    raw.set(ZMQ_UNSUBSCRIBE, wire::instance_topic(slug));
    return wire::decode(frames->second);
  };
  auto head = answer("demo");
  REQUIRE(head.ok());
  CHECK(head->kind == MessageKind::head);
  CHECK(head->last_id == 2);
}

TEST_CASE("A subscription to what does not exist is answered with gone by the broker too") {
  const Logs logs;
  const BrokerThread broker(logs);
  wire::ZmqContext context;
  wire::ZmqSocket raw(context, ZMQ_SUB);
  REQUIRE(raw.connect(wire::relay_endpoint(logs.run_dir())).ok());
  raw.set(ZMQ_SUBSCRIBE, wire::instance_topic("absent"));
  zmq_pollitem_t item{raw.handle(), -1, ZMQ_POLLIN, 0};
  REQUIRE(zmq_poll(&item, 1, 10000) == 1);
  const auto gone = wire::decode(raw.receive()->second);
  REQUIRE(gone.ok());
  CHECK(gone->kind == MessageKind::gone);
}

TEST_CASE("Deleting and making anew: gone, then the new instance") {
  const Logs logs;
  logs.create("demo");
  const BrokerThread broker(logs);
  Publisher publisher(logs.run_dir());
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  hear_broker(subscriber);
  const Message old = logs.append("demo", 3);
  publish_surely(publisher, old);
  inbox.wait_for("demo", 3);
  logs.remove("demo");
  publish_surely(publisher, {MessageKind::gone, "demo", old.epoch, 0, 0, {}});
  CHECK(inbox.wait(MessageKind::gone, "demo").epoch == old.epoch);
  logs.create("demo");
  const Message fresh = logs.append("demo", 2);
  publish_surely(publisher, fresh);
  CHECK(inbox.wait_for("demo", 2).epoch == fresh.epoch);
  publish_surely(publisher, old);  // late: must not bring the old one back
  const Message more = logs.append("demo", 1);
  publish_surely(publisher, more);
  inbox.wait([&](const Message& m) {
    if (m.epoch == old.epoch) throw std::runtime_error("the old instance came back");
    return is_growth(m) && m.last_id == 3;
  });
}

TEST_CASE("Changed registrations reach those who asked for them") {
  const Logs logs;
  const BrokerThread broker(logs);
  Publisher publisher(logs.run_dir());
  Inbox asked, did_not;
  Subscriber one(logs.instances(), logs.run_dir(), asked.handler());
  one.subscribe_webhooks();
  Subscriber two(logs.instances(), logs.run_dir(), did_not.handler());
  hear_broker(one);
  hear_broker(two);
  // The subscription is known to have arrived once a message comes: send until one does.
  std::atomic<bool> came = false;
  std::thread sender([&] {
    for (int i = 0; i < 2000 && !came; ++i) {
      publisher.publish({MessageKind::webhooks_changed, "demo", "", 0, 0, {}});
      ::poll(nullptr, 0, 5);
    }
  });
  const auto wait = [&] { return asked.wait(MessageKind::webhooks_changed, "demo"); };
  Message heard;
  CHECK_NOTHROW(heard = wait());
  came = true;
  sender.join();
  CHECK(heard.slug == "demo");
  CHECK(did_not.all().empty());
}

TEST_CASE("Without the broker a subscriber polls, and goes back when it returns") {
  const Logs logs;
  logs.create("demo");
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  Publisher publisher(logs.run_dir());
  for (int round = 0; round < 3; ++round) {
    std::int64_t last = 0;
    {
      BrokerThread broker(logs);
      last = join(logs, "demo", publisher, inbox);
      CHECK(subscriber.broker_alive());
      CHECK(broker.stop().ok());
    }
    for (int i = 0; i < 2000 && subscriber.broker_alive(); ++i) ::poll(nullptr, 0, 5);
    REQUIRE_FALSE(subscriber.broker_alive());
    logs.append("demo", 1);
    inbox.wait_for("demo", last + 1);
  }
}

TEST_CASE("Garbage at the intake is dropped, and the broker works on") {
  const Logs logs;
  logs.create("demo");
  const BrokerThread broker(logs);
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  Publisher publisher(logs.run_dir());
  join(logs, "demo", publisher, inbox);
  wire::ZmqContext context;
  wire::ZmqSocket push(context, ZMQ_PUSH);
  REQUIRE(push.connect(wire::intake_endpoint(logs.run_dir())).ok());
  SeededRandom random(7);
  const Message right = logs.append("demo", 3);
  const std::string bytes = wire::encode(right);
  push.send("");
  push.send("nonsense");
  push.send(bytes, bytes);
  push.send(bytes.substr(0, 30));
  push.send(wire::encode({MessageKind::heartbeat, "", "", 0, 0, {}}));
  push.send(wire::encode({MessageKind::head, "demo", right.epoch, 0, 999, {}}));
  push.send(wire::encode({MessageKind::committed, "demo", right.epoch, 900, 901, {}}));
  push.send(wire::encode({MessageKind::committed, "demo", std::string(32, 'f'), 1, 5, {}}));
  push.send(wire::encode({MessageKind::committed, "nowhere", std::string(32, 'f'), 1, 5, {}}));
  for (int i = 0; i < 100; ++i) {
    std::string noise(random.next_u64() % 100, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
    push.send(noise);
  }
  push.send(bytes);  // after all of it, on the same connection
  const Message heard = inbox.wait(MessageKind::committed, "demo");
  CHECK(heard.first_id == right.first_id);
  CHECK(heard.records == right.records);
}

TEST_CASE("A message larger than any that is allowed costs its sender the connection, nobody else") {
  const Logs logs;
  logs.create("demo");
  const BrokerThread broker(logs);
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  wire::ZmqContext context;
  wire::ZmqSocket push(context, ZMQ_PUSH);
  REQUIRE(push.connect(wire::intake_endpoint(logs.run_dir())).ok());
  push.send(std::string(4 * wire::kMaxMessageBytes, 'x'));
  Publisher publisher(logs.run_dir());
  CHECK(join(logs, "demo", publisher, inbox) > 0);
}

TEST_CASE("A log that cannot be read does not stop the others") {
  const Logs logs;
  logs.create("demo");
  std::ofstream(logs.path("broken")) << std::string(4096, 'x');
  const BrokerThread broker(logs);
  Publisher publisher(logs.run_dir());
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("broken");
  subscriber.subscribe("demo");
  publish_surely(publisher, {MessageKind::committed, "broken", std::string(32, 'a'), 5, 5, {}});
  publish_surely(publisher, {MessageKind::committed, "broken", std::string(32, 'a'), 9, 9, {}});
  CHECK(join(logs, "demo", publisher, inbox) > 0);
}

TEST_CASE("A second broker on the same run directory is refused with a sentence; a later one is not") {
  const Logs logs;
  {
    const BrokerThread broker(logs);
    const auto second = broker::Broker::open(logs.instances(), logs.run_dir());
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == "broker_running");
    CHECK(second.error().message.find(logs.run_dir() + "/broker.lock") != std::string::npos);
  }
  CHECK(broker::Broker::open(logs.instances(), logs.run_dir()).ok());
}

TEST_CASE("Socket files that a killed broker left behind are replaced") {
  const Logs logs;
  for (const char* name : {"/broker-in.ipc", "/broker-out.ipc"}) std::ofstream(logs.run_dir() + name) << "";
  const BrokerThread broker(logs);
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  hear_broker(subscriber);
}

TEST_CASE("A run directory is made; one that cannot be is named") {
  const Logs logs;
  CHECK(broker::Broker::open(logs.instances(), logs.run_dir() + "/a/b").ok());
  const auto bad = broker::Broker::open(logs.instances(), "/proc/nowhere");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().message.find("/proc/nowhere") != std::string::npos);
}
