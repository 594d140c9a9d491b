#include "json/number.h"

#include <catch2/catch.hpp>
#include <string>

namespace choreo::json {
namespace {

// -1, 0 or 1: Catch2 cannot print an ordering.
int order(std::string_view a, std::string_view b) {
  const auto result = compare_numbers(a, b);
  return result < 0 ? -1 : result > 0 ? 1 : 0;
}

struct Pair {
  std::string less;
  std::string greater;
};

TEST_CASE("numbers of one value are equal however they are written") {
  const char* spellings[][4] = {
      {"1", "1.0", "10e-1", "0.1E1"},
      {"0", "-0", "0.000", "-0e99"},
      {"-1200", "-12e2", "-1.2E+3", "-1200.00"},
      {"1e400", "10e399", "0.01e402", "1000e397"},
      {"5e-99999999999999999999", "0.5e-99999999999999999998", "50e-100000000000000000000",
       "5.0e-0099999999999999999999"},
      {"1e99999999999999999", "10e99999999999999998", "0.1e100000000000000000", "1.00e+99999999999999999"},
  };
  for (const auto& group : spellings) {
    for (const char* a : group) {
      for (const char* b : group) {
        INFO(a << " and " << b);
        CHECK(order(a, b) == 0);
      }
    }
  }
}

TEST_CASE("numbers are ordered by value, both ways") {
  const Pair pairs[] = {
      {"1", "2"},
      {"9", "10"},
      {"-10", "-9"},
      {"-1", "0"},
      {"-1", "1"},
      {"0", "0.0001"},
      {"-1e-400", "0"},
      {"0.05", "0.1"},
      {"0.1", "0.11"},
      {"0.99999999999999999999", "1"},
      {"9007199254740992", "9007199254740993"},
      {"1e399", "1e400"},
      {"1e-400", "1e-399"},
      {"-1e400", "-1e399"},
      {"9.99e99999999999999999999", "1e100000000000000000000"},
      {"1e-100000000000000000000", "9.99e-100000000000000000000"},
      {"1e-99999999999999999999999", "1e99999999999999999999999"},
      {"123456789012345678901234567890", "123456789012345678901234567891"},
      {"0." + std::string(5000, '0') + "1", "0." + std::string(4999, '0') + "1"},
  };
  for (const Pair& pair : pairs) {
    INFO(pair.less << " < " << pair.greater);
    CHECK(order(pair.less, pair.greater) == -1);
    CHECK(order(pair.greater, pair.less) == 1);
  }
}

TEST_CASE("a number of a million characters costs a million steps") {
  const std::string nines(1000000, '9');
  const std::string huge = "1e" + nines;
  CHECK(order(huge, "1.0e" + nines) == 0);
  CHECK(order("10e" + nines, huge) == 1);
  CHECK(order("1e-" + nines, huge) == -1);
  CHECK(order("10e" + nines, "1e1" + std::string(1000000, '0')) == 0);
  CHECK(order(nines, nines + ".0") == 0);
  CHECK(order(nines, nines + ".01") == -1);
}

TEST_CASE("values are equal as JSON values are") {
  const char* same[][2] = {
      {"1", "1.0"},
      {"\"a\"", "\"a\""},
      {"[]", "[]"},
      {"[1,[2,{}]]", "[1.0,[20e-1,{}]]"},
      {"{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1e0}"},
      {"{\"a\":1,\"a\":2}", "{\"a\":2.0}"},
      {"null", "null"},
  };
  const char* different[][2] = {
      {"1", "2"},
      {"1", "true"},
      {"0", "false"},
      {"0", "null"},
      {"1", "\"1\""},
      {"true", "false"},
      {"\"a\"", "\"A\""},
      {"[1,2]", "[2,1]"},
      {"[1]", "[1,1]"},
      {"[1,1]", "[1]"},
      {"[]", "{}"},
      {"[]", "[[]]"},
      {"{\"a\":1}", "{\"a\":1,\"b\":1}"},
      {"{\"a\":1,\"b\":1}", "{\"a\":1}"},
      {"{\"a\":1}", "{\"b\":1}"},
      {"{\"a\":1,\"a\":2}", "{\"a\":1}"},
      {"{\"a\":null}", "{}"},
  };
  for (const auto& pair : same) {
    INFO(pair[0] << " and " << pair[1]);
    CHECK(equal(pair[0], pair[1]));
    CHECK(equal(pair[1], pair[0]));
  }
  for (const auto& pair : different) {
    INFO(pair[0] << " and " << pair[1]);
    CHECK_FALSE(equal(pair[0], pair[1]));
    CHECK_FALSE(equal(pair[1], pair[0]));
  }
}

}  // namespace
}  // namespace choreo::json
