// A control database in a folder of its own, and what goes into it.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>

#include "base/clock.h"
#include "base/random.h"
#include "control/webhooks.h"
#include "support/temporary_directory.h"

namespace choreo::test {

using control::InstanceHead;
using control::Settlement;
using control::Store;
using control::Webhook;

inline constexpr std::int64_t kNow = 1'771'172'521'000;  // 2026-02-15T16:22:01.000Z

class Fixture {
 public:
  Store open() {
    auto store = Store::open(dir + "/.control", clock, random);
    REQUIRE(store.ok());
    return std::move(*store);
  }
  void write_legacy(const std::string& text) const { std::ofstream(dir + "/webhooks.json") << text; }

  const TemporaryDirectory temporary;
  const std::string dir = temporary.path();
  ManualClock clock{kNow};
  SeededRandom random{7};
};

inline Webhook registration(const std::string& url, const std::string& instance = "shop",
                            const std::string& epoch = "e1") {
  Webhook webhook;
  webhook.url = url;
  webhook.instance = instance;
  webhook.epoch = epoch;
  return webhook;
}

inline Settlement settlement_of(const Webhook& webhook, std::int64_t frontier, std::vector<std::int64_t> open = {}) {
  Settlement settlement;
  settlement.webhook_id = webhook.id;
  settlement.frontier = frontier;
  settlement.open = std::move(open);
  return settlement;
}

inline Webhook only(Store& store) {
  auto all = store.all();
  REQUIRE(all.ok());
  REQUIRE(all->size() == 1);
  return all->front();
}

}  // namespace choreo::test
