#include "base/permit.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using choreo::Permit;

TEST_CASE("faults_b5_a permit is given back however its scope ends") {
  std::atomic<std::int64_t> taken{0};
  const auto fail = [&] {
    const auto permit = Permit::take(taken, 1);
    REQUIRE(permit.has_value());
    CHECK_FALSE(Permit::take(taken, 1).has_value());
    throw std::runtime_error("no memory");
  };
  CHECK_THROWS(fail());
  CHECK(taken == 0);
  {
    auto permit = Permit::take(taken, 1);
    const Permit moved = *std::move(permit);
    CHECK(taken == 1);
  }
  CHECK(taken == 0);
}
