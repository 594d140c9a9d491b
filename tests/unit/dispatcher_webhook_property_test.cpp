// The state of a webhook under random outcomes and kills: at least once, and nothing passed unsettled.
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <set>

#include "control/webhooks.h"
#include "dispatcher/webhook_state.h"
#include "support/temporary_directory.h"

using namespace choreo;
using control::Store;
using control::Webhook;
using dispatcher::Candidate;
using dispatcher::DeliveryPolicy;
using dispatcher::Outcome;
using dispatcher::Schedule;
using dispatcher::WebhookState;

namespace {

Outcome delivered() {
  Outcome outcome;
  outcome.kind = Outcome::Kind::delivered;
  return outcome;
}

Outcome failed(bool refused) {
  Outcome outcome;
  outcome.error = "HTTP 500";
  outcome.refused = refused;
  return outcome;
}

// A dispatcher without a network: starts what the state allows, ends deliveries in random order with random outcomes,
// stores the way the loop does, and is killed now and then, losing whatever was not stored.
class Simulation {
 public:
  Simulation(std::uint64_t seed, std::string dir, bool ordered)
      : ordered_(ordered),
        random_(seed),
        store_(std::move(*Store::open(dir, clock_, random_))),
        policy_{*Schedule::parse("0.1,0.5,1,2,4,8,8,8,8,8")} {
    policy_.max_retries = 200;
    percent_failing_ = static_cast<int>(random_.next_u64() % 90);
    poison_every_ = 2 + static_cast<std::int64_t>(random_.next_u64() % 20);
    Webhook webhook;
    webhook.instance = "shop";
    webhook.epoch = "e1";
    webhook.url = "http://a/";
    webhook.ordered = ordered;
    REQUIRE(store_.put(webhook, 0).ok());
    load();
  }

  void run(std::int64_t operations) {
    for (int step = 0; step < 200'000 && !done(operations); ++step) {
      head_ = std::min(operations, head_ + static_cast<std::int64_t>(random_.next_u64() % 3));
      while (start_one()) continue;
      finish_some();
      if (random_.next_u64() % 50 == 0) load();  // killed before storing
      store();
      check();
      if (in_flight_.empty()) advance();
    }
    REQUIRE(done(operations));
    for (std::int64_t id = 1; id <= operations; ++id) {
      INFO(id);
      REQUIRE((filtered(id) || delivered_.contains(id) || dead_.contains(id)));
      if (!poisoned(id) && !filtered(id) && !dead_.contains(id)) REQUIRE(delivered_.contains(id));
    }
  }

 private:
  bool filtered(std::int64_t id) const { return id % 7 == 3; }
  bool poisoned(std::int64_t id) const { return id % poison_every_ == 1; }

  void load() {
    const Webhook webhook = store_.all()->front();
    const auto count = static_cast<std::size_t>(*store_.retry_count(webhook.id));
    in_flight_.clear();
    state_.emplace(webhook, count, policy_, random_);
    refill();
  }

  void refill() {
    if (state_->needs_refill())
      state_->refill(*store_.retries(state_->settlement().webhook_id, state_->refill_limit(), ordered_),
                     clock_.wall_ms());
  }

  bool start_one() {
    const Candidate candidate = state_->next(clock_.wall_ms(), head_);
    if (candidate.kind == Candidate::Kind::none) return false;
    std::int64_t op_id = candidate.op_id;
    if (candidate.kind == Candidate::Kind::from_log) {
      op_id = state_->frontier() + 1;
      if (filtered(op_id)) {
        state_->skip_to(op_id);
        return true;
      }
    }
    state_->start(candidate, op_id, clock_.wall_ms());
    REQUIRE(in_flight_.insert(op_id).second);
    if (ordered_) check_order(op_id);
    REQUIRE(in_flight_.size() <= static_cast<std::size_t>(policy_.max_in_flight));
    return true;
  }

  void check_order(std::int64_t op_id) {
    REQUIRE(in_flight_.size() == 1);
    for (; in_order_ + 1 < op_id; ++in_order_) {
      const std::int64_t id = in_order_ + 1;
      REQUIRE((filtered(id) || delivered_.contains(id) || dead_.contains(id)));
    }
  }

  void finish_some() {
    for (auto at = in_flight_.begin(); at != in_flight_.end();) {
      if (random_.next_u64() % 2) {
        ++at;
        continue;
      }
      const bool fails = poisoned(*at) || static_cast<int>(random_.next_u64() % 100) < percent_failing_;
      if (!fails) delivered_.insert(*at);
      state_->finish(*at, fails ? failed(poisoned(*at)) : delivered(), clock_.wall_ms());
      at = in_flight_.erase(at);
    }
  }

  void store() {
    if (!state_->outcome_pending() && !state_->position_pending()) return;
    const auto settlement = state_->settlement();
    REQUIRE(settlement.open.size() <= static_cast<std::size_t>(policy_.max_in_flight));
    REQUIRE(store_.settle({settlement}).ok());
    for (const auto& dead : settlement.dead) dead_.insert(dead.op_id);
    state_->settled();
    refill();
  }

  // What is stored accounts for every operation up to the frontier.
  void check() {
    const Webhook webhook = store_.all()->front();
    REQUIRE(webhook.cursor >= cursor_);
    cursor_ = webhook.cursor;
    std::set<std::int64_t> retries;
    const auto rows = store_.retries(webhook.id, 1000);
    for (const auto& retry : *rows) retries.insert(retry.op_id);
    REQUIRE(retries.size() <= policy_.max_retries + static_cast<std::size_t>(policy_.max_in_flight));
    for (; checked_ < webhook.cursor; ++checked_) {
      const std::int64_t id = checked_ + 1;
      const bool settled = filtered(id) || delivered_.contains(id) || dead_.contains(id) || retries.contains(id);
      INFO(id);
      REQUIRE(settled);
      if (retries.contains(id)) open_retries_.insert(id);
    }
    for (auto at = open_retries_.begin(); at != open_retries_.end();) {
      REQUIRE((retries.contains(*at) || delivered_.contains(*at) || dead_.contains(*at)));
      at = retries.contains(*at) ? std::next(at) : open_retries_.erase(at);
    }
  }

  void advance() {
    const auto wake = state_->wake_at(head_);
    clock_.advance(wake ? std::max<std::int64_t>(1, *wake - clock_.wall_ms()) : 1);
  }

  bool done(std::int64_t operations) {
    return cursor_ == operations && in_flight_.empty() && *store_.retry_count(state_->settlement().webhook_id) == 0;
  }

  const bool ordered_;
  std::int64_t in_order_ = 0;  // up to here all is settled
  SeededRandom random_;
  ManualClock clock_{1'000'000};
  Store store_;
  DeliveryPolicy policy_;
  std::optional<WebhookState> state_;
  int percent_failing_ = 0;
  std::int64_t poison_every_ = 2;
  std::int64_t head_ = 0;
  std::int64_t cursor_ = 0;
  std::int64_t checked_ = 0;
  std::set<std::int64_t> in_flight_, delivered_, dead_, open_retries_;
};

}  // namespace

TEST_CASE("whatever fails and whenever it is killed, nothing is lost and the cursor passes nothing unsettled") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const test::TemporaryDirectory dir;
    Simulation(seed, dir.path(), false).run(150);
  }
}

TEST_CASE("and where delivery is ordered, nothing is sent past what is not settled") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    const test::TemporaryDirectory dir;
    Simulation(seed, dir.path(), true).run(100);
  }
}
