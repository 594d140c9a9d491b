// Hexadecimal digits. Thread-safety: pure functions.
#pragma once

namespace choreo {

// 0 to 15, in either case; -1 for what is no digit.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace choreo
