#include "base/timestamp.h"

#include <date/date.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "base/text.h"

namespace choreo {
namespace {

using Millis = std::chrono::milliseconds;
constexpr std::int64_t kFirst = -62167219200000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLast = 253402300799999;   // 9999-12-31T23:59:59.999Z

std::optional<std::int64_t> parse_as(const std::string& text, const char* format) {
  std::istringstream in(text);
  date::sys_time<Millis> time;  // nanoseconds would overflow outside the years 1678 to 2261
  in >> date::parse(format, time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return time.time_since_epoch().count();
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error bad(std::string_view text) {
  return invalid("bad_timestamp", "'" + shortened(text) +
                                      "' is not a date or time; write 2026-02-15, 2026-02-15T16:22:01Z or "
                                      "2026-02-15T16:22:01.000+02:00");
}

// What is read has to be written again: a time that cannot be written is refused, never moved to another.
Result<std::int64_t> checked(std::optional<std::int64_t> ms, std::string_view text) {
  if (!ms) return bad(text);
  if (*ms >= kFirst && *ms <= kLast) return *ms;
  return invalid("bad_timestamp", "'" + shortened(text) +
                                      "' is a time that cannot be kept: in UTC it is outside the years 0000 to 9999");
}

// snprintf costs more than the rest of a timestamp, and every append makes one.
void set_digits(std::string& out, std::size_t at, std::size_t width, int value) {
  for (std::size_t i = at + width; i > at; value /= 10) out[--i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string format_timestamp(std::int64_t unix_ms) {
  const std::int64_t clamped = std::clamp(unix_ms, kFirst, kLast);
  const date::sys_time<Millis> time{Millis(clamped)};
  const auto day = date::floor<date::days>(time);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss<Millis> clock(time - day);
  std::string out = "0000-00-00T00:00:00.000Z";
  set_digits(out, 0, 4, static_cast<int>(ymd.year()));
  set_digits(out, 5, 2, static_cast<int>(static_cast<unsigned>(ymd.month())));
  set_digits(out, 8, 2, static_cast<int>(static_cast<unsigned>(ymd.day())));
  set_digits(out, 11, 2, static_cast<int>(clock.hours().count()));
  set_digits(out, 14, 2, static_cast<int>(clock.minutes().count()));
  set_digits(out, 17, 2, static_cast<int>(clock.seconds().count()));
  set_digits(out, 20, 3, static_cast<int>(clock.subseconds().count()));
  return out;
}

Result<std::int64_t> parse_timestamp(std::string_view text) {
  // The library reads one format at a time and takes short fields leniently, so the shape is brought to one form first:
  // date 'T' hh:mm:ss[.fraction] and a numeric offset +hhmm.
  if (text.size() < 10 || text.size() > 64 || !all_digits(text.substr(0, 4)) || text[4] != '-' ||
      !all_digits(text.substr(5, 2)) || text[7] != '-' || !all_digits(text.substr(8, 2)))
    return bad(text);
  std::string date(text.substr(0, 10));
  if (text.size() == 10) {
    return checked(parse_as(date + "T00:00:00+0000", "%FT%T%z"), text);
  }
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return bad(text);
  std::string_view rest = text.substr(11);
  const std::size_t zone_at = rest.find_first_of("Zz+-");
  std::string_view time = rest.substr(0, zone_at);
  std::string_view zone = zone_at == std::string_view::npos ? std::string_view() : rest.substr(zone_at);

  std::string offset = "+0000";
  if (!zone.empty() && zone != "Z" && zone != "z") {
    std::string digits(zone.substr(1));
    if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
    if (digits.size() == 2) digits += "00";
    if (digits.size() != 4 || !all_digits(digits) || digits.substr(0, 2) > "23" || digits.substr(2) > "59")
      return bad(text);
    offset = zone[0] + digits;
  }
  if (time.size() < 5 || !all_digits(time.substr(0, 2)) || time[2] != ':' || !all_digits(time.substr(3, 2)))
    return bad(text);
  std::string clock(time);
  if (clock.size() == 5) clock += ":00";
  if (clock.size() < 8 || clock[5] != ':' || !all_digits(std::string_view(clock).substr(6, 2))) return bad(text);
  if (clock.size() > 8 && ((clock[8] != '.' && clock[8] != ',') || !all_digits(std::string_view(clock).substr(9))))
    return bad(text);
  if (clock.size() > 8) clock[8] = '.';
  if (clock.size() > 12) clock.resize(12);  // as much as the library reads for milliseconds
  return checked(parse_as(date + "T" + clock + offset, "%FT%T%z"), text);
}

}  // namespace choreo
