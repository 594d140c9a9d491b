// When the server's loop reads by itself.
#include <catch2/catch.hpp>

#include "fcgi/quick_reads.h"

using choreo::ManualClock;
using choreo::fcgi::QuickReads;

TEST_CASE("the loop reads until a read was slow, and again after a pause") {
  ManualClock clock(0);
  long sleeps = 3;
  QuickReads quick(clock, [&] { return sleeps; });
  const auto read_for = [&](std::int64_t ms) { return quick.timed([&] { return clock.advance(ms), ++sleeps, 7; }); };

  CHECK(quick.allowed());
  CHECK(read_for(QuickReads::kQuickMs) == 7);
  CHECK(quick.allowed());
  CHECK(read_for(QuickReads::kQuickMs + 1) == 7);
  CHECK_FALSE(quick.allowed());
  clock.advance(QuickReads::kPauseMs - 1);
  CHECK_FALSE(quick.allowed());
  clock.advance(1);
  CHECK(quick.allowed());
}

TEST_CASE("the loop goes on reading where only the processor was away") {
  ManualClock clock(0);
  QuickReads quick(clock, [] { return 3L; });
  quick.timed([&] { return clock.advance(10 * QuickReads::kQuickMs), 7; });
  CHECK(quick.allowed());
}
