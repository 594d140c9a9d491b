// A log line is one line of valid JSON, whatever goes in.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/clock.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "service/logging.h"
#include "service/throttle.h"

using namespace choreo;
using service::Fields;
using service::Level;

namespace {

constexpr std::int64_t kSomeTime = 1771172521000;  // 2026-02-15T16:22:01.000Z

std::string line(std::string_view message, Fields fields = {}, const Error* error = nullptr) {
  return service::format_line(kSomeTime, Level::info, "choreo-test", 12, message, fields, error);
}

std::string value_of(const std::string& text, std::string_view key) {
  const auto value = json::find(text, key);
  return value.has_value() ? std::string(*value) : "absent";
}

// The value of field "x" after a way through the checking parser.
std::string field_of(std::string_view text) {
  const std::string out = line("m", {{"x", text}});
  CHECK(out.find('\n') == std::string::npos);
  CHECK(json::canonicalize(out).ok());
  return json::unquote(value_of(out, "x"));
}

}  // namespace

TEST_CASE("The members stand in their documented order") {
  CHECK(line("listening", {{"port", 8431}, {"trace_id", "abc"}}) ==
        R"({"ts":"2026-02-15T16:22:01.000Z","level":"info","process":"choreo-test","pid":12,"msg":"listening",)"
        R"("port":8431,"trace_id":"abc"})");
}

TEST_CASE("Each level has its name") {
  const auto level_of = [](Level level) {
    return value_of(service::format_line(kSomeTime, level, "p", 1, "m", {}), "level");
  };
  CHECK(level_of(Level::debug) == "\"debug\"");
  CHECK(level_of(Level::info) == "\"info\"");
  CHECK(level_of(Level::warning) == "\"warning\"");
  CHECK(level_of(Level::error) == "\"error\"");
}

TEST_CASE("An error brings its code and sentence") {
  const Error error = make_error(ErrorKind::unavailable, "corrupt", "the file is \"corrupt\"");
  const std::string out = line("failed", {{"instance", "a"}}, &error);
  CHECK(value_of(out, "code") == "\"corrupt\"");
  CHECK(value_of(out, "error") == R"("the file is \"corrupt\"")");
  CHECK(value_of(out, "instance") == "\"a\"");
}

TEST_CASE("Values keep their type") {
  const std::string out =
      line("m", {{"i", std::numeric_limits<std::int64_t>::min()}, {"t", true}, {"f", false}, {"d", 0.5}, {"s", "1"}});
  CHECK(value_of(out, "i") == "-9223372036854775808");
  CHECK(value_of(out, "t") == "true");
  CHECK(value_of(out, "f") == "false");
  CHECK(value_of(out, "d") == "0.5");
  CHECK(value_of(out, "s") == "\"1\"");
}

TEST_CASE("What JSON has no number for is null") {
  const std::string out = line("m", {{"nan", std::nan("")}, {"inf", std::numeric_limits<double>::infinity()}});
  CHECK(value_of(out, "nan") == "null");
  CHECK(value_of(out, "inf") == "null");
}

TEST_CASE("Quotes, line ends and control characters are escaped") {
  CHECK(field_of("a\"b\\c\nd\r\t\x01") == "a\"b\\c\nd\r\t\x01");
  CHECK(field_of(std::string_view("a\0b", 3)) == std::string_view("a\0b", 3));
}

TEST_CASE("Bytes that are not UTF-8 are replaced, the others kept") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(field_of("a\xff z") == "a" + r + " z");
  CHECK(field_of("\xc3\xa4\xc3") == "\xc3\xa4" + r);
  CHECK(field_of("\xed\xa0\x80") == r + r + r);
  CHECK(field_of("\xf0\x9f\x98\x80\x80") == "\xf0\x9f\x98\x80" + r);
}

TEST_CASE("Every pair of bytes gives valid JSON") {
  std::string text(2, '\0');
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; second += 5) {
      text[0] = static_cast<char>(first);
      text[1] = static_cast<char>(second);
      const std::string out = line("m", {{"x", text}});
      if (!json::canonicalize(out).ok()) FAIL(first << " " << second << ": " << out);
    }
}

TEST_CASE("A long text is cut, at the limit and not before") {
  const std::string whole(service::kMaxFieldBytes, 'a');
  CHECK(field_of(whole) == whole);
  CHECK(field_of(whole + "b") == whole + " [cut]");
}

TEST_CASE("A throttle gives one count an interval, and none is forgotten") {
  ManualClock clock(0);
  service::Throttle throttle(clock, 1000);
  CHECK(throttle.count() == 1);
  CHECK_FALSE(throttle.count().has_value());
  clock.advance(999);
  CHECK_FALSE(throttle.count().has_value());
  clock.advance(1);
  CHECK(throttle.count() == 3);
  CHECK_FALSE(throttle.count().has_value());
}
