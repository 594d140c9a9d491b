#include "json/number.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace choreo::json {
namespace {

// An integer of any length: the exponent of a number may have more digits than any machine word.
struct BigInteger {
  bool negative = false;
  std::string digits;  // no leading zeros; empty is zero
};

std::string_view without_leading_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

std::strong_ordering compare_magnitudes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::strong_ordering compare_integers(const BigInteger& a, const BigInteger& b) {
  if (a.negative != b.negative) return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.negative ? compare_magnitudes(b.digits, a.digits) : compare_magnitudes(a.digits, b.digits);
}

std::string add_magnitudes(const std::string& a, const std::string& b) {
  std::string sum;
  int carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    if (i < a.size()) carry += a[a.size() - 1 - i] - '0';
    if (i < b.size()) carry += b[b.size() - 1 - i] - '0';
    sum += static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  std::reverse(sum.begin(), sum.end());
  return sum;
}

// REQUIRES: a is at least b.
std::string subtract_magnitudes(const std::string& a, const std::string& b) {
  std::string difference = a;
  int borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    char& digit = difference[a.size() - 1 - i];
    int value = digit - '0' - borrow - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0);
    borrow = value < 0 ? 1 : 0;
    digit = static_cast<char>('0' + value + 10 * borrow);
  }
  return std::string(without_leading_zeros(difference));
}

BigInteger add(const BigInteger& a, std::int64_t small) {
  const BigInteger b{small < 0, small == 0 ? "" : std::to_string(small < 0 ? -small : small)};
  if (a.negative == b.negative) return {a.negative, add_magnitudes(a.digits, b.digits)};
  if (std::is_gteq(compare_magnitudes(a.digits, b.digits))) {
    std::string rest = subtract_magnitudes(a.digits, b.digits);
    const bool negative = a.negative && !rest.empty();
    return {negative, std::move(rest)};
  }
  return {b.negative, subtract_magnitudes(b.digits, a.digits)};
}

// A JSON number taken apart: its magnitude is 0.d1d2d3… × 10^(exponent + point), d1 not zero, where the digits are
// those of `whole` and then those of `fraction`.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t point = 0;
  bool exponent_negative = false;
  std::string_view exponent;  // magnitude, no leading zeros

  bool zero() const { return whole.empty() && fraction.empty(); }
  std::size_t digits() const { return whole.size() + fraction.size(); }
  char digit(std::size_t i) const {
    if (i < whole.size()) return whole[i];
    i -= whole.size();
    return i < fraction.size() ? fraction[i] : '0';
  }
};

Decimal take_apart(std::string_view text) {
  Decimal out;
  out.negative = text.front() == '-';
  if (out.negative) text.remove_prefix(1);
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    out.exponent_negative = exponent.front() == '-';
    if (exponent.front() == '-' || exponent.front() == '+') exponent.remove_prefix(1);
    out.exponent = without_leading_zeros(exponent);
    text = text.substr(0, e);
  }
  const std::size_t dot = text.find('.');
  out.whole = without_leading_zeros(text.substr(0, dot));
  if (dot != std::string_view::npos) out.fraction = text.substr(dot + 1);
  out.point = static_cast<std::int64_t>(out.whole.size());
  if (out.whole.empty()) {
    const std::size_t all = out.fraction.size();
    out.fraction = without_leading_zeros(out.fraction);
    out.point = -static_cast<std::int64_t>(all - out.fraction.size());
  }
  return out;
}

std::strong_ordering compare_scales(const Decimal& a, const Decimal& b) {
  constexpr std::size_t kFitsInWord = 17;  // digits; leaves room to add any point
  if (a.exponent.size() <= kFitsInWord && b.exponent.size() <= kFitsInWord) {
    const auto scale = [](const Decimal& d) {
      std::int64_t exponent = 0;
      std::from_chars(d.exponent.data(), d.exponent.data() + d.exponent.size(), exponent);
      return d.point + (d.exponent_negative ? -exponent : exponent);
    };
    return scale(a) <=> scale(b);
  }
  const auto scale = [](const Decimal& d) {
    return add({d.exponent_negative && !d.exponent.empty(), std::string(d.exponent)}, d.point);
  };
  return compare_integers(scale(a), scale(b));
}

std::strong_ordering compare_positive(const Decimal& a, const Decimal& b) {
  if (a.zero() || b.zero()) return !a.zero() <=> !b.zero();
  if (const auto scales = compare_scales(a, b); std::is_neq(scales)) return scales;
  const std::size_t digits = std::max(a.digits(), b.digits());
  for (std::size_t i = 0; i < digits; ++i) {
    if (a.digit(i) != b.digit(i)) return a.digit(i) <=> b.digit(i);
  }
  return std::strong_ordering::equal;
}

}  // namespace

std::strong_ordering compare_numbers(std::string_view a_text, std::string_view b_text) {
  if (a_text == b_text) return std::strong_ordering::equal;
  const Decimal a = take_apart(a_text);
  const Decimal b = take_apart(b_text);
  const bool a_below_zero = a.negative && !a.zero();
  const bool b_below_zero = b.negative && !b.zero();
  if (a_below_zero != b_below_zero) return a_below_zero ? std::strong_ordering::less : std::strong_ordering::greater;
  return a_below_zero ? compare_positive(b, a) : compare_positive(a, b);
}

}  // namespace choreo::json
