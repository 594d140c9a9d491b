#include "base/nearest.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>

using namespace choreo;

TEST_CASE("faults_f8_the_nearest_name") {
  constexpr std::array<std::string_view, 4> kKnown = {"limit", "cursor", "at_op", "dry_run"};
  CHECK(nearest_name("limits", kKnown) == "limit");
  CHECK(nearest_name("lmit", kKnown) == "limit");
  CHECK(nearest_name("LIMIT", kKnown) == "limit");
  CHECK(nearest_name("atOp", kKnown) == "at_op");
  CHECK(nearest_name("dry-run", kKnown) == "dry_run");
  CHECK(nearest_name("offset", kKnown) == "cursor");
  CHECK(nearest_name("per_page", kKnown) == "limit");
  for (const char* far : {"", "_", "x", "nonsense", "table", "until"}) CHECK(nearest_name(far, kKnown).empty());
  CHECK(nearest_name(std::string(1u << 20, 'l'), kKnown).empty());
  CHECK(nearest_name("limit", {}).empty());
}
