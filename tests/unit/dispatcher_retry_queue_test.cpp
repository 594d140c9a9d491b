#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "dispatcher/retry_queue.h"

using namespace choreo;
using control::Retry;
using dispatcher::RetryQueue;

namespace {

// What control.db would hold: the rows by time, without those taken.
std::vector<Retry> earliest(const std::map<std::int64_t, Retry>& rows, const std::set<std::int64_t>& taken,
                            std::size_t limit) {
  std::vector<Retry> out;
  for (const auto& [op_id, retry] : rows)
    if (!taken.contains(op_id)) out.push_back(retry);
  const auto earlier = [](const Retry& a, const Retry& b) {
    return std::pair(a.next_ms, a.op_id) < std::pair(b.next_ms, b.op_id);
  };
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, out.size()));
  std::partial_sort(out.begin(), out.begin() + count, out.end(), earlier);
  out.resize(static_cast<std::size_t>(count));
  return out;
}

}  // namespace

TEST_CASE("the first is the earliest, and equal times go by operation") {
  RetryQueue queue(0);
  queue.put({7, 1, 300, ""});
  queue.put({9, 1, 100, ""});
  queue.put({8, 1, 100, ""});
  REQUIRE(queue.first());
  CHECK(queue.first()->op_id == 8);
  CHECK(queue.take(8)->next_ms == 100);
  CHECK_FALSE(queue.take(8).has_value());
  CHECK(queue.first()->op_id == 9);
  CHECK(queue.size() == 2);
}

TEST_CASE("the window stays bounded and nothing is forgotten") {
  RetryQueue queue(0);
  const auto total = static_cast<std::int64_t>(RetryQueue::kWindow * 3);
  for (std::int64_t id = 1; id <= total; ++id) queue.put({id, 1, total - id, ""});
  CHECK(queue.window_ids().size() == RetryQueue::kWindow);
  CHECK(queue.size() == static_cast<std::size_t>(total));
  CHECK(queue.first()->op_id == total);
}

TEST_CASE("under random use it always gives the earliest, as control.db would") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SeededRandom random(seed);
    std::map<std::int64_t, Retry> rows;
    std::set<std::int64_t> taken;
    std::int64_t next_id = 1;
    for (; next_id <= static_cast<std::int64_t>(random.next_u64() % 400); ++next_id)
      rows[next_id] = {next_id, 1, static_cast<std::int64_t>(random.next_u64() % 1000), ""};
    RetryQueue queue(rows.size());
    for (int step = 0; step < 500; ++step) {
      if (queue.needs_refill()) {
        auto batch = earliest(rows, taken, RetryQueue::kWindow);
        const bool complete = batch.size() < RetryQueue::kWindow;
        queue.refill(std::move(batch), complete);
      }
      const auto expected = earliest(rows, taken, 1);
      REQUIRE((queue.first() != nullptr) == !expected.empty());
      if (!expected.empty()) REQUIRE(queue.first()->op_id == expected.front().op_id);
      const auto choice = random.next_u64() % 4;
      if (choice == 0) {
        rows[next_id] = {next_id, 1, static_cast<std::int64_t>(random.next_u64() % 1000), ""};
        queue.put(rows[next_id]);
        ++next_id;
      } else if (choice == 1 && queue.first()) {
        const std::int64_t id = queue.first()->op_id;
        REQUIRE(queue.take(id).has_value());
        taken.insert(id);
      } else if (!taken.empty()) {
        const std::int64_t id = *taken.begin();
        taken.erase(id);
        if (choice == 2) {
          rows.erase(id);  // delivered
        } else {
          rows[id].next_ms += static_cast<std::int64_t>(random.next_u64() % 500);  // failed again
          queue.put(rows[id]);
        }
      }
    }
  }
}
