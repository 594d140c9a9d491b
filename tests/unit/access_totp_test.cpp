// Codes against the vectors of RFC 4226 and RFC 6238, base32 against RFC 4648, and which step a code is taken for.
#include <array>
#include <catch2/catch.hpp>
#include <utility>

#include "access/totp.h"

using namespace choreo::access;

namespace {

constexpr std::string_view kRfcSecret = "12345678901234567890";

}  // namespace

TEST_CASE("Codes are those of RFC 4226, appendix D") {
  constexpr std::array kCodes = {"755224", "287082", "359152", "969429", "338314",
                                 "254676", "287922", "162583", "399871", "520489"};
  for (std::size_t step = 0; step < kCodes.size(); ++step)
    CHECK(*code_of(kRfcSecret, static_cast<std::int64_t>(step)) == kCodes[step]);
}

TEST_CASE("Codes are those of RFC 6238, appendix B, with their last six digits") {
  struct Vector {
    std::int64_t secs;
    const char* code;
  };
  for (const Vector& vector : {Vector{59, "287082"},
                               {1111111109, "081804"},
                               {1111111111, "050471"},
                               {1234567890, "005924"},
                               {2000000000, "279037"},
                               {20000000000, "353130"}})
    CHECK(*code_of(kRfcSecret, step_at(vector.secs * 1000)) == vector.code);
}

TEST_CASE("Secrets are base32 of RFC 4648, without padding") {
  constexpr std::pair<const char*, const char*> kPairs[] = {{"", ""},
                                                            {"f", "MY"},
                                                            {"fo", "MZXQ"},
                                                            {"foo", "MZXW6"},
                                                            {"foob", "MZXW6YQ"},
                                                            {"fooba", "MZXW6YTB"},
                                                            {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : kPairs) CHECK(base32(bytes) == text);
}

TEST_CASE("A code is taken one step early and one late, and no further") {
  constexpr std::int64_t kNow = 1000;
  for (std::int64_t step = kNow - 3; step <= kNow + 3; ++step) {
    const Match match = *match_code(kRfcSecret, *code_of(kRfcSecret, step), kNow, 0);
    CHECK(match.right == (std::abs(step - kNow) <= 1));
    CHECK(match.step == (match.right ? step : 0));
  }
}

TEST_CASE("A code is not taken for a step up to the last one that was") {
  constexpr std::int64_t kNow = 1000;
  for (std::int64_t last : {kNow - 1, kNow, kNow + 1, kNow + 500})
    for (std::int64_t step = kNow - 1; step <= kNow + 1; ++step) {
      const Match match = *match_code(kRfcSecret, *code_of(kRfcSecret, step), kNow, last);
      CHECK(match.right);
      CHECK(match.step == (step > last ? step : 0));
    }
}

TEST_CASE("Only six digits are a code") {
  CHECK(is_code("000000"));
  for (const char* text : {"", "12345", "1234567", "12345a", "-12345", " 12345", "12345\n"}) CHECK_FALSE(is_code(text));
}

TEST_CASE("The address for the app has names that need no decoding twice") {
  CHECK(
      otpauth_uri("My Site", "a/b c%?&=:@", "foobar") ==
      "otpauth://totp/My%20Site:a%2Fb%20c%25%3F%26%3D%3A%40?secret=MZXW6YTBOI&issuer=My%20Site&algorithm=SHA1&digits=6&"
      "period=30");
}
