#include "dispatcher/retry_after.h"

#include <catch2/catch.hpp>
#include <string>

using choreo::dispatcher::retry_after_ms;

namespace {

constexpr std::int64_t kNow = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::int64_t kDay = 86'400'000;

}  // namespace

TEST_CASE("faults_d_Retry-After is one of the forms of RFC 9110, and at most a day") {
  CHECK(retry_after_ms("120", kNow) == 120'000);
  CHECK(retry_after_ms("0", kNow) == 0);
  CHECK(retry_after_ms("86400", kNow) == kDay);
  CHECK(retry_after_ms("86401", kNow) == kDay);
  CHECK(retry_after_ms("9223372036854775807", kNow) == kDay);
  CHECK(retry_after_ms("Sun, 06 Nov 1994 08:50:37 GMT", kNow) == 60'000);
  CHECK(retry_after_ms("Sunday, 06-Nov-94 08:50:37 GMT", kNow) == 60'000);
  CHECK(retry_after_ms("Sun Nov  6 08:50:37 1994", kNow) == 60'000);
  CHECK(retry_after_ms("Sat, 06 Nov 2094 08:49:37 GMT", kNow) == kDay);
  CHECK(retry_after_ms("Sun, 06 Nov 1994 08:49:36 GMT", kNow) == 0);
}

TEST_CASE("faults_d_what is neither form of Retry-After is ignored") {
  for (const char* other : {"", "soon", "60s", "-5", "+5", "1.5", "1e3", "0x10", "5 5", "5;q=1", "9223372036854775808",
                            "1994-11-06T08:50:37Z", "2026-11-28T23:00:00Z", "Sun, 06 Nov 1994 08:50:37",
                            "Sun, 06 Nov 1994 08:50:37 GMT+1", "06 Nov 1994 08:50:37 GMT"}) {
    INFO(other);
    CHECK(retry_after_ms(other, kNow) == 0);
  }
}
