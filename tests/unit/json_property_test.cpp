// Properties over generated documents and numbers. Seeds are fixed: a failure repeats.
#include <boost/multiprecision/cpp_int.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "json/canonical.h"
#include "json/number.h"
#include "json/object.h"
#include "json/scan.h"
#include "json/string.h"
#include "json_generator.h"

namespace choreo::json {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::pow;

constexpr int kRounds = 4000;

// Takes a canonical value apart with the scanner and puts it together again.
std::string rebuilt(std::string_view value) {
  switch (kind_of(value)) {
    case Kind::object: {
      std::string out = "{";
      for (const Member& member : members(value)) {
        if (out.size() > 1) out += ',';
        out += quote(unescape(member.key)) + ":" + rebuilt(member.value);
      }
      return out + "}";
    }
    case Kind::array: {
      std::string out = "[";
      for (const std::string_view element : elements(value)) {
        if (out.size() > 1) out += ',';
        out += rebuilt(element);
      }
      return out + "]";
    }
    case Kind::string:
      return quote(unquote(value));
    default:
      return std::string(value);
  }
}

TEST_CASE("canonical text is a fixed point and survives being taken apart") {
  Generator generator(1);
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = generator.value(6);
    INFO(text);
    const auto canonical = canonicalize(text);
    REQUIRE(canonical.ok());
    REQUIRE(canonical->size() <= text.size());
    const auto again = canonicalize(*canonical);
    REQUIRE(again.ok());
    REQUIRE(*again == *canonical);
    REQUIRE(rebuilt(*canonical) == *canonical);
    REQUIRE(skip_value(*canonical, 0) == canonical->size());
    REQUIRE(equal(*canonical, *canonical));
  }
}

TEST_CASE("a document cut anywhere or with a byte changed is refused or canonical, never anything else") {
  Generator generator(2);
  for (int round = 0; round < kRounds; ++round) {
    std::string text = generator.value(5);
    if (generator.below(2) == 0) {
      text.resize(generator.below(text.size() + 1));
    } else {
      text[generator.below(text.size())] = static_cast<char>(generator.below(256));
    }
    const auto result = canonicalize(text);
    if (!result.ok()) {
      REQUIRE(result.error().position.value_or(text.size() + 1) <= text.size());
      continue;
    }
    REQUIRE(is_utf8(*result));
    REQUIRE(*canonicalize(*result) == *result);
  }
}

TEST_CASE("an object edited at random is what a map would be") {
  Generator generator(3);
  for (int round = 0; round < 300; ++round) {
    Object object;
    std::map<std::string, std::string> model;
    const std::uint64_t steps = generator.below(120);
    for (std::uint64_t step = 0; step < steps; ++step) {
      const std::string key = "k" + std::to_string(generator.below(40));
      if (generator.below(4) == 0) {
        object.erase(key);
        model.erase(key);
      } else {
        const std::string value = *canonicalize(generator.value(2));
        object.set_owned(key, value);
        model[key] = value;
      }
    }
    const std::string text = object.text();
    const Object parsed = Object::parse(text);
    REQUIRE(parsed.text() == text);
    REQUIRE(parsed.members().size() == model.size());
    for (const auto& [key, value] : model) {
      REQUIRE(object.find(key) != nullptr);
      REQUIRE(*object.find(key) == value);
      REQUIRE(*parsed.find(key) == value);
    }
  }
}

// coefficient × 10^exponent, exactly.
struct Exact {
  cpp_int coefficient;
  cpp_int exponent;
};

std::string spelled(const Exact& number, Generator& generator) {
  std::string digits = cpp_int(abs(number.coefficient)).str();
  cpp_int exponent = number.exponent;
  const std::uint64_t zeros = number.coefficient == 0 ? 0 : generator.below(4);
  digits += std::string(zeros, '0');
  exponent -= zeros;
  const std::uint64_t fraction = generator.below(digits.size() + 4);
  exponent += fraction;
  if (fraction >= digits.size()) digits.insert(0, fraction - digits.size() + 1, '0');
  if (fraction > 0) digits.insert(digits.size() - fraction, ".");
  const std::string mark = exponent == 0 && generator.below(2) == 0 ? "" : "e" + exponent.str();
  return (number.coefficient < 0 ? "-" : "") + digits + mark;
}

int sign_of(std::strong_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int exact_comparison(const Exact& a, const Exact& b) {
  const cpp_int least = a.exponent < b.exponent ? a.exponent : b.exponent;
  const cpp_int left = a.coefficient * pow(cpp_int(10), static_cast<unsigned>(a.exponent - least));
  const cpp_int right = b.coefficient * pow(cpp_int(10), static_cast<unsigned>(b.exponent - least));
  return left.compare(right);
}

TEST_CASE("numbers compare as exact arithmetic does, around zero and around exponents of any size") {
  Generator generator(4);
  for (const std::string centre :
       {"0", "99999999999999999", "-1000000000000000000", "123456789012345678901234567890"}) {
    for (int round = 0; round < kRounds; ++round) {
      const auto next = [&] {
        const cpp_int coefficient(static_cast<std::int64_t>(generator.below(2001)) - 1000);
        return Exact{coefficient, cpp_int(centre) + cpp_int(static_cast<std::int64_t>(generator.below(9)) - 4)};
      };
      const Exact a = next();
      const Exact b = generator.below(4) == 0 ? a : next();
      const std::string left = spelled(a, generator);
      const std::string right = spelled(b, generator);
      INFO(left << " and " << right);
      const int expected = exact_comparison(a, b);
      REQUIRE(sign_of(compare_numbers(left, right)) == (expected > 0) - (expected < 0));
      REQUIRE(canonicalize(left).ok());
      REQUIRE(equal(left, right) == (expected == 0));
    }
  }
}

}  // namespace
}  // namespace choreo::json
