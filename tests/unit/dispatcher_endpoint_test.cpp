#include <catch2/catch.hpp>

#include <algorithm>

#include "control/secret.h"
#include "dispatcher/endpoint.h"
#include "dispatcher/inbox.h"
#include "dispatcher/ready_queue.h"
#include "dispatcher/signature.h"

using namespace choreo;
using namespace choreo::dispatcher;

namespace {

class Fixture {
 public:
  Fixture() {
    instance->slug = "shop";
    instance->epoch = "e1";
  }
  EndpointPtr endpoint(const control::Webhook& webhook) {
    return std::make_shared<Endpoint>(webhook, instance, 0, policy, random);
  }
  static control::Webhook webhook(const std::string& id = "wh_1") {
    control::Webhook webhook;
    webhook.id = id;
    webhook.instance = "shop";
    webhook.epoch = "e1";
    webhook.url = "http://a/";
    webhook.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    return webhook;
  }
  static Record record(Operator op, const std::string& context) {
    Operation operation;
    operation.id = 7;
    operation.op = op;
    operation.context = context;
    return Record(std::move(operation));
  }

  std::shared_ptr<Followed> instance = std::make_shared<Followed>();
  DeliveryPolicy policy{*Schedule::parse("1")};
  SeededRandom random{5};
};

bool has(const Request& request, const std::string& line) {
  std::string all = "\r\n";
  for (const std::string& lines : request.headers) all += lines + "\r\n";
  return all.find("\r\n" + line + "\r\n") != std::string::npos;
}

wire::Message message(wire::MessageKind kind, const std::string& slug, const std::string& epoch, std::int64_t last) {
  wire::Message message;
  message.kind = kind;
  message.slug = slug;
  message.epoch = epoch;
  message.last_id = last;
  return message;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "filter and tables both have to match") {
  const Record alt = record(Operator::ALT, R"({"table":"places"})");
  const Record nul = record(Operator::NUL, R"({"table":"people"})");
  control::Webhook all = webhook();
  CHECK(endpoint(all)->passes(alt));
  all.operators = {"ALT", "INS"};
  CHECK(endpoint(all)->passes(alt));
  CHECK_FALSE(endpoint(all)->passes(nul));
  all.tables = {"people"};
  CHECK_FALSE(endpoint(all)->passes(alt));
  all.operators.clear();
  CHECK(endpoint(all)->passes(nul));
  CHECK_FALSE(endpoint(all)->passes(record(Operator::NUL, "{}")));
  all.tables = {"_default"};
  CHECK(endpoint(all)->passes(record(Operator::NUL, "{}")));
}

TEST_CASE_METHOD(Fixture, "a request carries what a receiver needs to verify it") {
  control::Webhook given = webhook();
  given.headers = {{"Authorization", "Bearer x"}};
  const auto target = endpoint(given);
  const Record operation = record(Operator::ALT, R"({"trace_id":"t-1"})");
  const Request request = *target->request(operation, 1'614'265'330'999);
  const std::string id = *message_id("shop", "e1", "wh_1", 7);
  const auto key = control::secret_key(given.secret);
  CHECK(request.url == "http://a/");
  CHECK(has(request, "Content-Type: application/json"));
  CHECK(has(request, "X-Choreo-Instance: shop"));
  CHECK(has(request, "User-Agent: choreo/" CHOREO_VERSION));
  CHECK(has(request, "X-Trace-ID: t-1"));
  CHECK(has(request, "Authorization: Bearer x"));
  CHECK(has(request, "webhook-id: " + id));
  CHECK(has(request, "webhook-timestamp: 1614265330"));
  CHECK(has(request, "webhook-signature: " + *Signer(*key).sign(id, 1614265330, *operation.body())));
  CHECK(request.body == operation.body());
}

TEST_CASE_METHOD(Fixture, "endpoints take turns and are queued once") {
  ReadyQueue queue;
  const auto a = endpoint(webhook("a")), b = endpoint(webhook("b")), c = endpoint(webhook("c"));
  for (const auto& each : {a, b, a, c, a}) queue.push(each);
  CHECK(queue.size() == 3);
  CHECK(queue.pop() == a);
  queue.push(a);
  b->stopped = true;
  CHECK(queue.pop() == c);
  CHECK(queue.pop() == a);
  CHECK(queue.pop() == nullptr);
}

TEST_CASE_METHOD(Fixture, "an endpoint has one timer, the last one set") {
  ReadyQueue queue;
  const auto a = endpoint(webhook("a")), b = endpoint(webhook("b"));
  queue.set_timer(a, 100);
  queue.set_timer(a, 300);
  queue.set_timer(b, 200);
  CHECK(queue.next_timer_ms() == 200);
  queue.fire(199);
  CHECK(queue.size() == 0);
  queue.fire(250);
  CHECK(queue.pop() == b);
  CHECK(queue.pop() == nullptr);
  queue.fire(300);
  CHECK(queue.pop() == a);
  CHECK_FALSE(queue.next_timer_ms().has_value());
  queue.set_timer(a, 300);
  CHECK(queue.next_timer_ms() == 300);
}

TEST_CASE("hints are merged and wake the loop, heartbeats do not") {
  int woken = 0;
  Inbox inbox([&] { ++woken; });
  inbox.put(message(wire::MessageKind::heartbeat, "", "", 0));
  CHECK(woken == 0);
  inbox.put(message(wire::MessageKind::committed, "shop", "e1", 7));
  inbox.put(message(wire::MessageKind::head, "shop", "e1", 5));
  inbox.put(message(wire::MessageKind::head, "other", "e9", 3));
  inbox.put(message(wire::MessageKind::gone, "old", "e1", 0));
  inbox.put(message(wire::MessageKind::webhooks_changed, "shop", "", 0));
  CHECK(woken == 5);
  Hints hints = inbox.take();
  CHECK(hints.heads.at("shop").last_id == 7);
  CHECK(hints.heads.at("other").last_id == 3);
  CHECK(hints.gone.contains("old"));
  CHECK(hints.webhooks_changed);
  inbox.put(message(wire::MessageKind::head, "shop", "e1", 9));
  inbox.put(message(wire::MessageKind::head, "shop", "e2", 1));
  hints = inbox.take();
  CHECK(hints.heads.at("shop").epoch == "e2");
  CHECK(hints.heads.at("shop").last_id == 1);
  CHECK_FALSE(hints.webhooks_changed);
}
