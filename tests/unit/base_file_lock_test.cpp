#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/file_lock.h"
#include "base/semaphore.h"
#include "support/temporary_directory.h"

using namespace choreo;

namespace {

constexpr mode_t kMode = 0600;
constexpr std::int64_t kLongMs = 60'000;

// Tells that acquire() has begun to wait: it reads the clock only then.
struct WatchedClock : Clock {
  Semaphore waiting;
  std::int64_t wall_ms() override { return system_clock().wall_ms(); }
  std::int64_t steady_ms() override {
    waiting.post();
    return system_clock().steady_ms();
  }
};

}  // namespace

TEST_CASE("faults_a15 a lock that is held for too long is refused as busy, and not before") {
  const test::TemporaryDirectory dir;
  const std::string path = dir.path() + "/lock";
  const auto held = FileLock::acquire(path, kMode, 0);
  REQUIRE(held.ok());
  for (const std::int64_t wait_ms : {0, 1, 50}) {
    const std::int64_t before_ms = system_clock().steady_ms();
    const auto refused = FileLock::acquire(path, kMode, wait_ms);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::unavailable);
    CHECK(refused.error().code == "busy");
    CHECK(system_clock().steady_ms() - before_ms >= wait_ms);
  }
}

TEST_CASE("faults_a15 a lock is taken as soon as it is free") {
  const test::TemporaryDirectory dir;
  const std::string path = dir.path() + "/lock";
  std::optional<Result<FileLock>> held = FileLock::acquire(path, kMode, 0);
  REQUIRE(held->ok());
  WatchedClock clock;
  std::atomic<bool> taken = false;
  std::thread waiter([&] { taken = FileLock::acquire(path, kMode, kLongMs, clock).ok(); });
  clock.waiting.wait();
  held.reset();
  waiter.join();
  CHECK(taken);
}

TEST_CASE("faults_a16 who waited for a lock file that is removed takes the one that is there then") {
  const test::TemporaryDirectory dir;
  const std::string path = dir.path() + "/lock";
  std::optional<Result<FileLock>> held = FileLock::acquire(path, kMode, 0);
  REQUIRE(held->ok());
  WatchedClock clock;
  bool excluded = false;
  std::thread waiter([&] {
    const auto lock = FileLock::acquire(path, kMode, kLongMs, clock);
    REQUIRE(lock.ok());
    excluded = !FileLock::acquire(path, kMode, 0).ok();  // so it holds the file at the path
  });
  clock.waiting.wait();
  (*held)->remove_file();
  held.reset();
  waiter.join();
  CHECK(excluded);
}

TEST_CASE("faults_a16 a lock file may be removed at any time by its holder: never two hold it") {
  const test::TemporaryDirectory dir;
  const std::string path = dir.path() + "/lock";
  std::atomic<int> holding = 0, together = 0, had = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const auto lock = FileLock::acquire(path, kMode, kLongMs);
        if (!lock.ok()) continue;
        if (++holding != 1) ++together;
        ++had;
        --holding;
        if ((i + t) % 3 == 0) lock->remove_file();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(together == 0);
  CHECK(had == 8 * 300);
}
