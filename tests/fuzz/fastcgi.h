// What must hold for any bytes from a web server, however they are cut. Returns the property that did not hold, or "".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>

#include "fcgi/records.h"

namespace choreo::fuzz {

struct FastcgiOutcome {
  std::string seen;  // every request that was complete, and every reply, in order
  bool broken = false;
  bool operator==(const FastcgiOutcome&) const = default;
};

// Takes the bytes in pieces of that size; after a complete request, the next one.
inline FastcgiOutcome take_fastcgi(std::string_view bytes, std::size_t piece) {
  fcgi::RequestReader reader;
  FastcgiOutcome outcome;
  while (!bytes.empty()) {
    const std::string_view some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    if (!reader.take(some).ok()) {
      outcome.broken = true;
      return outcome;
    }
    outcome.seen += reader.replies();
    reader.replies().clear();
    if (!reader.complete()) continue;
    outcome.seen.append(reader.parameter("REQUEST_METHOD")).append("|").append(reader.body()).append("\n");
    reader.next();
  }
  return outcome;
}

inline std::string broken_fastcgi(std::string_view bytes) {
  const FastcgiOutcome each = take_fastcgi(bytes, 1);
  for (const std::size_t piece : {std::size_t{3}, std::size_t{8}, std::size_t{64}}) {
    const FastcgiOutcome other = take_fastcgi(bytes, piece);
    // In larger pieces what follows a request may come with it, which is refused; then less was seen.
    if (other.broken ? each.seen.rfind(other.seen, 0) != 0 : other != each)
      return "a request does not depend on how its bytes were cut";
  }
  return "";
}

}  // namespace choreo::fuzz
