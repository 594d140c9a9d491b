#include <catch2/catch.hpp>

#include <iterator>
#include <set>

#include "dispatcher/outcome.h"
#include "dispatcher/schedule.h"

using namespace choreo;
using dispatcher::Answer;
using dispatcher::Outcome;
using dispatcher::outcome_of;
using dispatcher::Schedule;

TEST_CASE("the default schedule is that of Standard Webhooks with two quick steps more, about three days long") {
  const auto schedule = Schedule::parse(Schedule::kDefault);
  REQUIRE(schedule.ok());
  constexpr std::int64_t kSeconds[] = {1, 5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
  REQUIRE(schedule->retries() == static_cast<int>(std::size(kSeconds)));
  std::int64_t total_ms = 0;
  for (int failures = 1; failures <= schedule->retries(); ++failures) {
    const std::int64_t listed_ms = kSeconds[failures - 1] * 1000;
    CHECK(schedule->longest_ms(failures) == listed_ms + listed_ms / 5);
    total_ms += listed_ms;
  }
  CHECK(total_ms > 3 * dispatcher::kDayMs);
  CHECK(total_ms < 4 * dispatcher::kDayMs);
}

TEST_CASE("delays are spread over twenty percent to either side") {
  SeededRandom random(2);
  const auto schedule = Schedule::parse("10,0.5");
  REQUIRE(schedule.ok());
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t delay = schedule->delay_ms(1, random);
    CHECK(delay >= 8000);
    CHECK(delay <= 12000);
    seen.insert(delay);
  }
  CHECK(seen.size() > 500);
  CHECK(*seen.begin() < 8500);
  CHECK(*seen.rbegin() > 11500);
  CHECK(schedule->delay_ms(2, random) <= 600);
  CHECK(schedule->delay_ms(99, random) <= 600);  // beyond the list: the last one
}

TEST_CASE("a bad schedule names the setting and what is allowed") {
  const std::string long_list = [] {
    std::string text = "1";
    for (int i = 0; i < 64; ++i) text += ",1";
    return text;
  }();
  for (const std::string& text :
       {std::string(""), std::string(","), std::string("1,"), std::string(",1"), std::string("1,,2"), std::string("x"),
        std::string("1s"), std::string("-1"), std::string("0"), std::string("604801"), std::string("nan"),
        std::string("inf"), std::string("1e3"), std::string("1 2"), long_list}) {
    INFO(text);
    const auto schedule = Schedule::parse(text);
    REQUIRE_FALSE(schedule.ok());
    CHECK(schedule.error().message.find("CHOREO_WEBHOOK_RETRY_SECS") != std::string::npos);
  }
}

namespace {

Outcome of_status(int status, std::int64_t retry_after_ms = 0) {
  Answer answer;
  answer.status = status;
  answer.retry_after_ms = retry_after_ms;
  return outcome_of(answer);
}

}  // namespace

TEST_CASE("only 2xx is a success") {
  for (int status : {200, 201, 202, 204, 299}) CHECK(of_status(status).kind == Outcome::Kind::delivered);
  for (int status : {100, 301, 302, 307, 308, 400, 401, 404, 429, 500, 502, 503, 504, 599}) {
    INFO(status);
    CHECK(of_status(status).kind == Outcome::Kind::failed);
    CHECK(of_status(status).error.find(std::to_string(status)) != std::string::npos);
  }
  CHECK(of_status(410).kind == Outcome::Kind::gone);
}

TEST_CASE("overload is told from refusal") {
  for (int status : {429, 502, 503, 504}) {
    CHECK(of_status(status).slow_down);
    CHECK_FALSE(of_status(status).refused);
  }
  for (int status : {400, 401, 404, 422}) CHECK(of_status(status).refused);
  CHECK_FALSE(of_status(500).refused);
}

TEST_CASE("Retry-After is capped at a day") {
  CHECK(of_status(503, 5000).retry_after_ms == 5000);
  CHECK(of_status(503, 10 * dispatcher::kDayMs).retry_after_ms == dispatcher::kDayMs);
  CHECK(of_status(503, -1).retry_after_ms == 0);
  CHECK(of_status(200, 5000).retry_after_ms == 0);
}

TEST_CASE("no answer is a failure with its reason") {
  Answer answer;
  answer.error = "connection refused";
  const Outcome outcome = outcome_of(answer);
  CHECK(outcome.kind == Outcome::Kind::failed);
  CHECK(outcome.error == "connection refused");
}
