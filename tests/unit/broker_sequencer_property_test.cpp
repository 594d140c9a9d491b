// Whatever happens to the messages on their way, what is emitted is the log.
#include <catch2/catch.hpp>
#include <utility>

#include "base/random.h"
#include "broker/sequencer.h"
#include "unit/broker_fake_logs.h"

using namespace choreo;
using namespace choreo::test;
using wire::Message;
using wire::MessageKind;

namespace {

// Checks each message against the rules as it comes.
class Judge {
 public:
  void operator()(const Message& message) {
    if (message.kind == MessageKind::gone) {
      epoch_.clear();
      return;
    }
    if (epoch_.empty()) {
      epoch_ = message.epoch;
      head_ = message.first_id - 1;
    }
    if (message.epoch != epoch_) FAIL("no gone between two epochs");
    if (message.first_id != head_ + 1) FAIL("after " << head_ << " came " << message.first_id);
    if (message.records != range(message.first_id, message.last_id).records) FAIL("records of other operations");
    head_ = message.last_id;
  }
  void begin(const log::Head& head) { epoch_ = head.epoch, head_ = head.last_id; }
  std::int64_t head() const { return head_; }
  const std::string& epoch() const { return epoch_; }

 private:
  std::string epoch_;
  std::int64_t head_ = 0;
};

std::size_t below(SeededRandom& random, std::size_t n) {
  return static_cast<std::size_t>(random.next_u64() % n);
}

struct Network {
  SeededRandom random;
  FakeLogs logs;
  Judge judge;
  std::vector<Message> on_the_way;
  int remade = 0;

  explicit Network(std::uint64_t seed) : random(seed) {}

  void commit() {
    log::Head& head = logs.heads["demo"];
    const auto n = static_cast<std::int64_t>(1 + below(random, 9));
    on_the_way.push_back(range(head.last_id + 1, head.last_id + n, head.epoch));
    head.last_id += n;
    const std::size_t fate = below(random, 10);
    if (fate == 0) on_the_way.pop_back();                    // lost
    if (fate == 1) on_the_way.push_back(on_the_way.back());  // repeated
    if (fate == 2) {                                         // overlapping what came before
      const std::int64_t first = std::max<std::int64_t>(1, head.last_id - 12);
      on_the_way.push_back(range(first, head.last_id, head.epoch));
    }
  }

  void make_anew() {
    const std::string old = logs.heads["demo"].epoch;
    ++remade;
    logs.heads["demo"] = {std::string(31, 'c') + "0123456789abcdef"[remade % 16], 0};
    if (below(random, 2) == 0) on_the_way.push_back({MessageKind::gone, "demo", old, 0, 0, {}});
  }

  // Some of what is on the way arrives, in any order.
  void deliver(broker::Sequencer& sequencer) {
    for (std::size_t n = below(random, 6); n > 0 && !on_the_way.empty(); --n) {
      std::swap(on_the_way[below(random, on_the_way.size())], on_the_way.back());
      sequencer.take(std::move(on_the_way.back()));
      on_the_way.pop_back();
    }
  }
};

void run(std::uint64_t seed, bool epochs_change) {
  Network network(seed);
  broker::Sequencer sequencer(network.logs, [&](const Message& message) { network.judge(message); });
  sequencer.observe("demo", network.logs.heads["demo"], 0);
  network.judge.begin(network.logs.heads["demo"]);
  std::int64_t now = 0;
  for (int step = 0; step < 200; ++step) {
    network.logs.page_operations = static_cast<std::int64_t>(1 + below(network.random, 20));
    if (below(network.random, 3) != 0) network.commit();
    if (epochs_change && below(network.random, 40) == 0) network.make_anew();
    network.deliver(sequencer);
    if (below(network.random, 2) == 0) sequencer.settle();
    if (below(network.random, 20) == 0) sequencer.observe("demo", network.logs.heads["demo"], now);
    sequencer.recover_tails(now += 30);
  }
  const log::Head truth = network.logs.heads["demo"];
  while (!network.on_the_way.empty()) network.deliver(sequencer);
  sequencer.settle();
  sequencer.observe("demo", truth, now);
  sequencer.recover_tails(now + 1000);
  CHECK(sequencer.head("demo")->last_id == truth.last_id);
  CHECK(sequencer.head("demo")->epoch == truth.epoch);
  if (network.judge.epoch() == truth.epoch) CHECK(network.judge.head() == truth.last_id);
}

}  // namespace

TEST_CASE("Lost, repeated, overlapping and shuffled ranges come out whole, in order, once") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) run(seed, false);
}

TEST_CASE("The same while the instance is deleted and made anew") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) run(seed, true);
}
