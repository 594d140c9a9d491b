// Random logs for properties that must hold of every log: made from a seed, appended to a real instance, shrunk where
// the property fails.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "append/appender.h"
#include "log/create.h"
#include "log/reader.h"
#include "operation/wire_forms.h"
#include "support/random_operations.h"
#include "support/shrink.h"
#include "support/temporary_directory.h"

namespace choreo::test {

struct LogEntry {
  std::string body;
  std::optional<std::int64_t> ts_ms;  // nothing: the server's time
};
using LogEntries = std::vector<LogEntry>;

// times: milliseconds of each entry, out of order now and then.
inline LogEntries random_log(std::uint64_t seed, int size, bool times) {
  RandomOperations operations(seed);
  SeededRandom random(seed + 1);
  LogEntries entries;
  std::int64_t ts_ms = 1700000000000;
  for (int i = 0; i < size; ++i) {
    LogEntry entry{operations.next(), std::nullopt};
    ts_ms += static_cast<std::int64_t>(random.next_u64() % 3);
    if (times) entry.ts_ms = random.next_u64() % 8 ? ts_ms : ts_ms - static_cast<std::int64_t>(random.next_u64() % 200);
    entries.push_back(std::move(entry));
  }
  return entries;
}

// An instance "x" that holds the entries and what they caused.
class LoggedInstance {
 public:
  LoggedInstance(const LogEntries& entries, append::Options options)
      : appender(instances, system_clock(), system_random(), options, [](const append::Committed&) {}) {
    std::size_t at = 0;
    const auto next = [&]() -> Result<std::optional<Draft>> {
      if (at == entries.size()) return std::optional<Draft>();
      Result<Draft> draft = parse_operation(entries[at].body);
      if (!draft.ok()) FAIL(draft.error().message << ": " << entries[at].body);
      draft->ts_ms = entries[at++].ts_ms;
      return std::optional(std::move(*draft));
    };
    const auto seeded = appender.seed("x", next, "");
    if (!seeded.ok()) FAIL(seeded.error().message);
  }
  log::Reader reader() { return log::Reader::open(instances, "x").value(); }
  std::vector<Operation> operations() { return reader().page(0, 1 << 20, std::size_t{1} << 40).value(); }

  TemporaryDirectory dir;
  log::Instances instances = log::Instances::open(dir.path()).value();
  append::Appender appender;
};

// first, first + 1 …: as many as CHOREO_TEST_SEEDS says, else `count`.
inline std::vector<std::uint64_t> seeds(std::uint64_t first, std::uint64_t count) {
  if (const char* more = std::getenv("CHOREO_TEST_SEEDS")) count = std::stoull(more);
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), first);
  return all;
}

// What is wrong with a log, in a sentence; "" if nothing is.
using Complaint = std::function<std::string(const LogEntries&)>;

// Holds the property against a random log; where it fails, against smaller ones, and shows the smallest.
inline void check_log(std::uint64_t seed, const LogEntries& entries, const Complaint& complaint) {
  const std::string first = complaint(entries);
  if (first.empty()) {
    SUCCEED();
    return;
  }
  const LogEntries smallest =
      shrink<LogEntry>(entries, [&](const LogEntries& fewer) { return !complaint(fewer).empty(); });
  std::string shown;
  for (const LogEntry& entry : smallest)
    shown += "  " + entry.body + (entry.ts_ms ? " at " + std::to_string(*entry.ts_ms) : "") + "\n";
  FAIL("seed " << seed << ", " << smallest.size() << " of " << entries.size() << " operations:\n"
               << shown << complaint(smallest));
}

}  // namespace choreo::test
