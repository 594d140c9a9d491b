#include <catch2/catch.hpp>

#include <thread>
#include <vector>

#include "append/apply_slots.h"

using namespace choreo;
using append::ApplySlot;
using append::ApplySlots;

TEST_CASE("slots: no more hold one than there are, and each asker gets one") {
  ApplySlots slots(2);
  std::atomic<int> holding = 0, most = 0, had = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        ApplySlot slot(slots);
        const int now = ++holding;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        ++had;
        --holding;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(had == 1600);
  CHECK(most <= 2);
}

TEST_CASE("slots: one that was given back early is given back once") {
  ApplySlots slots(1);
  {
    ApplySlot early(slots);
    early.release();
    ApplySlot other(slots);
    early.release();
    Semaphore entered;
    std::atomic<bool> third_entered = false;
    std::thread third([&] {
      ApplySlot slot(slots);
      third_entered = true;
      entered.post();
    });
    CHECK_FALSE(third_entered);
    other.release();
    entered.wait();
    third.join();
  }
}

TEST_CASE("slots: a disk is slow when its syncs were, and no longer when they are not") {
  ApplySlots slots(1);
  CHECK_FALSE(slots.disk_is_slow());
  for (int i = 0; i < 100; ++i) slots.note_sync(5000);
  CHECK(slots.disk_is_slow());
  for (int i = 0; i < 200; ++i) slots.note_sync(50);
  CHECK_FALSE(slots.disk_is_slow());
}
