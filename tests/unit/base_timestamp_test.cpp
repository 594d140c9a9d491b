#include <catch2/catch.hpp>

#include "base/timestamp.h"

using namespace choreo;

namespace {

std::string round_trip(const std::string& text) {
  const auto ms = parse_timestamp(text);
  return ms.ok() ? format_timestamp(*ms) : ms.error().code;
}

}  // namespace

TEST_CASE("times are read in the forms of ISO 8601 and written in one") {
  CHECK(round_trip("2026-02-15") == "2026-02-15T00:00:00.000Z");
  CHECK(round_trip("2026-02-15T16:22:01Z") == "2026-02-15T16:22:01.000Z");
  CHECK(round_trip("2026-02-15T16:22") == "2026-02-15T16:22:00.000Z");
  CHECK(round_trip("2026-02-15 16:22:01.5") == "2026-02-15T16:22:01.500Z");
  CHECK(round_trip("2026-02-15T16:22:01.123456789Z") == "2026-02-15T16:22:01.123Z");
  CHECK(round_trip("2026-02-15T16:22:01+02:00") == "2026-02-15T14:22:01.000Z");
  CHECK(round_trip("2026-02-15T16:22:01.250-0530") == "2026-02-15T21:52:01.250Z");
  CHECK(round_trip("2026-02-15T16:22:01+02") == "2026-02-15T14:22:01.000Z");
  CHECK(round_trip("2024-02-29") == "2024-02-29T00:00:00.000Z");
}

TEST_CASE("every year of four digits is itself") {
  for (const char* text : {"0001-01-01", "1600-01-01", "1677-09-20", "2262-04-12", "2726-01-01", "9999-12-31"})
    CHECK(round_trip(text) == std::string(text) + "T00:00:00.000Z");
  CHECK(parse_timestamp("1970-01-01T00:00:00.001Z").value() == 1);
  CHECK(parse_timestamp("1969-12-31T23:59:59.999Z").value() == -1);
}

TEST_CASE("what is no time is refused") {
  for (const char* text : {"", "today", "2026-02-30", "2026-13-01", "2026-1-1", "2026-02-15T", "2026-02-15T25:00:00Z",
                           "2026-02-15T16:61:00Z", "2026-02-15T16:22:01.Z", "2026-02-15T16:22:01+25:00", "2026-02-15x",
                           "2026-02-15T16:22:01Zjunk", "20260215"})
    CHECK(round_trip(text) == "bad_timestamp");
}

TEST_CASE("faults_c11_a_time_that_cannot_be_kept_is_refused") {
  for (const char* text : {"9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.999-00:01", "0000-01-01T00:00:00+00:01",
                           "0000-01-01T22:59+23:00", "2016-12-31T23:59:60Z", "2026-02-15T24:00:00Z"}) {
    INFO(text);
    CHECK(round_trip(text) == "bad_timestamp");
  }
  const auto beyond = parse_timestamp("9999-12-31T23:59:59-01:00");
  CHECK_THAT(beyond.error().message, Catch::Contains("9999-12-31T23:59:59-01:00") && Catch::Contains("0000 to 9999"));
  CHECK(round_trip("9999-12-31T23:59:59.999Z") == "9999-12-31T23:59:59.999Z");
  CHECK(round_trip("9999-12-31T23:59:59.999+00:01") == "9999-12-31T23:58:59.999Z");
  CHECK(round_trip("0000-01-01T00:00:00.000-00:01") == "0000-01-01T00:01:00.000Z");
  CHECK(round_trip("0000-01-01") == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("a long text is shown in whole characters") {
  const auto ms = parse_timestamp(std::string(59, 'x') + "é and more");
  REQUIRE_FALSE(ms.ok());
  CHECK(ms.error().message.find(std::string(59, 'x') + "…'") != std::string::npos);
}
