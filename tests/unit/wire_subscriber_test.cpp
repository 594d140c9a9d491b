// A subscriber without a broker: everything it promises comes from the files.
#include <zmq.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "unit/wire_log_fixture.h"
#include "wire/names.h"
#include "wire/publisher.h"
#include "wire/subscriber.h"
#include "wire/zmq_socket.h"

using namespace choreo;
using test::Inbox;
using test::Logs;
using wire::Message;
using wire::MessageKind;
using wire::Subscriber;

namespace {

bool ours(const Message& message, const std::string& slug) {
  return message.slug == slug;
}

}  // namespace

TEST_CASE("A head follows each subscription to an instance that exists") {
  const Logs logs;
  logs.create("demo");
  const Message appended = logs.append("demo", 3);
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  for (int i = 0; i < 3; ++i) {
    subscriber.subscribe("demo");
    const Message head = inbox.wait(MessageKind::head, "demo");
    CHECK(head.last_id == 3);
    CHECK(head.epoch == appended.epoch);
  }
  CHECK_FALSE(subscriber.broker_alive());
}

TEST_CASE("An empty instance has the head 0") {
  const Logs logs;
  logs.create("demo");
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  CHECK(inbox.wait(MessageKind::head, "demo").last_id == 0);
}

TEST_CASE("A gone follows each subscription to an instance that does not exist, and a head once it does") {
  const Logs logs;
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  for (int i = 0; i < 2; ++i) {
    subscriber.subscribe("demo");
    CHECK(inbox.wait(MessageKind::gone, "demo").epoch.empty());
  }
  logs.create("demo");
  logs.append("demo", 2);
  CHECK(inbox.wait_for("demo", 2).kind == MessageKind::head);
}

TEST_CASE("Names that no instance can have are gone") {
  const Logs logs;
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  for (const char* slug : {"", "../x", "UPPER", "a/b"}) {
    subscriber.subscribe(slug);
    CHECK(inbox.wait(MessageKind::gone, slug).kind == MessageKind::gone);
  }
}

TEST_CASE("Growth is told while there is no broker") {
  const Logs logs;
  logs.create("demo");
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  inbox.wait(MessageKind::head, "demo");
  for (int i = 1; i <= 5; ++i) {
    logs.append("demo", 2);
    CHECK(inbox.wait_for("demo", 2 * i).last_id == 2 * i);
  }
}

TEST_CASE("Deletion is told, and what is made under the same name after it") {
  const Logs logs;
  logs.create("demo");
  const Message first = logs.append("demo", 5);
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  inbox.wait(MessageKind::head, "demo");
  logs.remove("demo");
  CHECK(inbox.wait(MessageKind::gone, "demo").epoch == first.epoch);
  logs.create("demo");
  const Message second = logs.append("demo", 1);
  const Message head = inbox.wait_for("demo", 1);
  CHECK(head.epoch == second.epoch);
  CHECK(head.epoch != first.epoch);
}

TEST_CASE("After as many unsubscribes as subscribes nothing more is told") {
  const Logs logs;
  logs.create("demo");
  logs.create("fence");
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  subscriber.subscribe("demo");
  inbox.wait(MessageKind::head, "demo");
  subscriber.unsubscribe("demo");
  subscriber.subscribe("fence");
  inbox.wait(MessageKind::head, "fence");
  logs.append("demo", 1);
  inbox.wait_for("demo", 1);  // one subscription is left

  subscriber.unsubscribe("demo");
  logs.append("demo", 1);
  for (int i = 1; i <= 2; ++i) {  // two polls that would have found it
    logs.append("fence", 1);
    inbox.wait([&](const Message& m) {
      CHECK_FALSE(ours(m, "demo"));
      return ours(m, "fence") && m.last_id >= i;
    });
  }
  subscriber.unsubscribe("demo");  // one too many does no harm
  subscriber.subscribe("demo");
  CHECK(inbox.wait(MessageKind::head, "demo").last_id == 2);
}

TEST_CASE("A log that cannot be read is tried again until it can") {
  const Logs logs;
  const Logs other;
  other.create("demo");
  const Message good = other.append("demo", 4);
  std::ofstream(logs.path("demo")) << std::string(4096, 'x');
  logs.create("fence");
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  subscriber.subscribe("fence");
  inbox.wait([](const Message& m) {
    CHECK_FALSE(ours(m, "demo"));
    return ours(m, "fence");
  });
  for (const char* suffix : {"-wal", "", "-shm"}) {
    const std::string from = other.path("demo") + suffix;
    if (std::filesystem::exists(from)) std::filesystem::rename(from, logs.path("demo") + suffix);
  }
  const Message head = inbox.wait_for("demo", 4);
  CHECK(head.epoch == good.epoch);
}

TEST_CASE("A subscriber can be destroyed at once, and with requests that it has not seen") {
  const Logs logs;
  logs.create("demo");
  for (int i = 0; i < 20; ++i) {
    Inbox inbox;
    Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
    for (int j = 0; j < i; ++j) subscriber.subscribe("demo");
  }
}

namespace {

// A broker that says what the test wants; returned once the subscription to the topic has arrived.
void wait_subscribed(wire::ZmqSocket& relay, const std::string& topic) {
  for (std::string event; event.find(topic) == std::string::npos;) {
    zmq_pollitem_t item{relay.handle(), -1, ZMQ_POLLIN, 0};
    REQUIRE(zmq_poll(&item, 1, 10000) == 1);
    event = relay.receive()->first;
  }
}

}  // namespace

TEST_CASE("What the log does not have is not told, whoever says so") {
  const Logs logs;
  logs.create("demo");
  const Message real = logs.append("demo", 2);
  wire::ZmqContext context;
  wire::ZmqSocket relay(context, ZMQ_XPUB);
  REQUIRE(relay.bind(wire::relay_endpoint(logs.run_dir())).ok());
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  inbox.wait(MessageKind::head, "demo");
  wait_subscribed(relay, wire::instance_topic("demo"));
  const auto say = [&](MessageKind kind, std::int64_t first, std::int64_t last, std::vector<std::string> records = {}) {
    relay.send(wire::instance_topic("demo"), wire::encode({kind, "demo", real.epoch, first, last, std::move(records)}));
  };
  say(MessageKind::committed, 3, 3, {R"({"id":3,"op":"NUL"})"});
  say(MessageKind::committed, 1, 1000000);
  say(MessageKind::head, 0, 5);
  say(MessageKind::gone, 0, 0);
  say(MessageKind::committed, 1, 2, real.records);
  CHECK(inbox.wait(MessageKind::committed, "demo").records == real.records);
  const Message more = logs.append("demo", 1);
  say(MessageKind::committed, 3, 3, more.records);
  CHECK(inbox.wait_for("demo", 3).last_id == 3);
  for (const Message& message : inbox.all()) {
    CHECK(message.kind != MessageKind::gone);
    CHECK(message.last_id <= 3);
  }
}

TEST_CASE("Garbage from the broker's socket is dropped, and what is right after it is taken") {
  const Logs logs;
  logs.create("demo");
  const Message real = logs.append("demo", 1);
  wire::ZmqContext context;
  wire::ZmqSocket relay(context, ZMQ_XPUB);
  REQUIRE(relay.bind(wire::relay_endpoint(logs.run_dir())).ok());
  Inbox inbox;
  Subscriber subscriber(logs.instances(), logs.run_dir(), inbox.handler());
  subscriber.subscribe("demo");
  inbox.wait(MessageKind::head, "demo");
  const std::string topic = wire::instance_topic("demo");
  wait_subscribed(relay, topic);
  const std::string right = wire::encode({MessageKind::committed, "demo", real.epoch, 1, 1, real.records});
  relay.send(topic);
  relay.send(topic, "");
  relay.send(topic, "nonsense");
  relay.send(topic, right.substr(0, right.size() - 1));
  relay.send(topic + "x", right);
  relay.send(wire::kHeartbeatTopic, right);
  relay.send(topic, wire::encode({MessageKind::committed, "other", real.epoch, 1, 1, real.records}));
  zmq_send(relay.handle(), topic.data(), topic.size(), ZMQ_SNDMORE);
  zmq_send(relay.handle(), right.data(), right.size(), ZMQ_SNDMORE);
  zmq_send(relay.handle(), "x", 1, 0);
  CHECK_FALSE(subscriber.broker_alive());
  relay.send(topic, right);
  const Message heard = inbox.wait(MessageKind::committed, "demo");
  CHECK(heard.records == real.records);
  CHECK(subscriber.broker_alive());
  CHECK(inbox.all().empty());
}

TEST_CASE("Without a broker a publisher drops, and does not wait") {
  const Logs logs;
  wire::Publisher publisher(logs.run_dir());
  const Message message{MessageKind::committed, "demo", std::string(32, 'a'), 1, 1, {std::string(100000, 'x')}};
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(publisher.publish(message));
}

TEST_CASE("A run directory that no socket address can name leaves a publisher that drops and a subscriber that polls") {
  const Logs logs;
  logs.create("demo");
  const std::string too_long = "/" + std::string(200, 'r');
  wire::Publisher publisher(too_long);
  CHECK_FALSE(publisher.publish({MessageKind::gone, "demo", "", 0, 0, {}}));
  Inbox inbox;
  Subscriber subscriber(logs.instances(), too_long, inbox.handler());
  subscriber.subscribe("demo");
  inbox.wait(MessageKind::head, "demo");
  logs.append("demo", 1);
  inbox.wait_for("demo", 1);
}
