#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "base/semaphore.h"
#include "base/thread_pool.h"

using namespace choreo;

TEST_CASE("a pool runs every job before it ends, also those that jobs add") {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(3);
    for (int i = 0; i < 100; ++i)
      pool.run([&] {
        pool.run([&] { ++ran; });
        ++ran;
      });
  }
  CHECK(ran == 200);
}

TEST_CASE("a pool has as many threads as jobs block, up to its limit") {
  ThreadPool pool(2);
  Semaphore begun, go_on;
  std::atomic<int> running = 0, most = 0;
  for (int i = 0; i < 4; ++i)
    pool.run([&] {
      const int now = ++running;
      if (now > most) most = now;
      begun.post();
      go_on.wait();
      --running;
    });
  begun.wait();
  begun.wait();
  CHECK(running == 2);
  CHECK(pool.waiting() == 2);
  for (int i = 0; i < 4; ++i) go_on.post();
  begun.wait();
  begun.wait();
  CHECK(most == 2);
}

TEST_CASE("one thread runs jobs in the order they came") {
  std::vector<int> order;
  {
    ThreadPool pool(1);
    for (int i = 0; i < 50; ++i) pool.run([&order, i] { order.push_back(i); });
  }
  REQUIRE(order.size() == 50);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("faults_b3_a pool that ends takes jobs from its jobs and makes no further thread") {
  constexpr int kRounds = 200, kJobs = 20;
  std::atomic<int> ran = 0;
  for (int round = 0; round < kRounds; ++round) {
    Semaphore begun;
    ThreadPool pool(8);
    // The destructor begins while this job adds others; a thread that it adds then would never be joined (terminate).
    pool.run([&] {
      begun.post();
      for (int i = 0; i < kJobs; ++i) pool.run([&] { ++ran; });
    });
    begun.wait();
  }
  CHECK(ran == kRounds * kJobs);
}

TEST_CASE("faults_a14_a pool refuses jobs over the number that may wait") {
  ThreadPool pool(1);
  Semaphore begun, go_on;
  std::atomic<int> ran = 0;
  REQUIRE(pool.try_run(
      [&] {
        begun.post();
        go_on.wait();
      },
      2));
  begun.wait();
  CHECK(pool.try_run([&] { ++ran; }, 2));
  CHECK(pool.try_run([&] { ++ran; }, 2));
  CHECK_FALSE(pool.try_run([&] { ++ran; }, 2));
  CHECK(pool.waiting() == 2);
  go_on.post();
  Semaphore done;
  pool.run([&] { done.post(); });
  done.wait();
  CHECK(ran == 2);
  CHECK(pool.try_run([] {}, 2));
}
