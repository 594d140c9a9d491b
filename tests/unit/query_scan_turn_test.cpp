#include "query/scan_turn.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <latch>
#include <thread>
#include <vector>

using namespace choreo;
using namespace choreo::query;

TEST_CASE("faults_a13_a short scan waits for nobody and counts for nothing") {
  ScanTurn turn;
  CHECK(turn.look_at(kFreeScanned).ok());
  CHECK(long_scans() == 0);
  CHECK(turn.look_at(1).ok());
  CHECK(long_scans() == 1);
}

TEST_CASE("faults_a13_long scans have their turns, and one too many is refused") {
  std::latch refused(1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kMaxLongScans; ++i)
    threads.emplace_back([&] {
      ScanTurn turn;
      bool good = turn.look_at(kFreeScanned + 1).ok();  // waits, but for the first ones
      refused.wait();
      for (int slice = 0; slice < 3; ++slice) good = turn.look_at(kScanSlice + 1).ok() && good;
      if (!good) std::abort();
    });
  while (long_scans() < kMaxLongScans) std::this_thread::yield();
  {
    ScanTurn turn;
    CHECK(turn.look_at(kFreeScanned).ok());
    const Status status = turn.look_at(1);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().kind == ErrorKind::unavailable);
    CHECK(status.error().code == "too_many_scans");
  }
  refused.count_down();
  threads.clear();
  CHECK(long_scans() == 0);
  ScanTurn turn;
  CHECK(turn.look_at(kFreeScanned + 1).ok());
}
