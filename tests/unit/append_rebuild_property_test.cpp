// The equality that carries everything: replaying the log gives, byte for byte, the projection that appending built.
#include <catch2/catch.hpp>

#include "support/derived_dump.h"
#include "support/random_log.h"

using namespace choreo;

namespace {

std::string difference(const std::string& a, const std::string& b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const std::size_t from = at > 200 ? at - 200 : 0;
  return "appended: " + a.substr(from, 400) + "\nreplayed: " + b.substr(from, 400);
}

std::int64_t alive_by_counting(const log::Instances& instances, const std::string& slug) {
  auto opened = log::open_database(instances, slug, 1000).value();
  return opened.db.query_integer("SELECT count(*) FROM entities WHERE alive = 1", -1).value();
}

}  // namespace

TEST_CASE("rebuild equals the incremental projection for random logs") {
  append::Options options;
  options.snapshot_interval = GENERATE(100, 1000);
  for (const std::uint64_t seed : test::seeds(1, 3))
    test::check_log(seed, test::random_log(seed, 2000, seed % 2 == 0), [&](const test::LogEntries& entries) {
      test::LoggedInstance log(entries, options);
      const std::string before = test::dump_derived(log.instances, "x");
      if (!log.appender.rebuild("x").ok()) return std::string("rebuild failed");
      const std::string after = test::dump_derived(log.instances, "x");
      if (alive_by_counting(log.instances, "x") != log.reader().summary().value().entities)
        return std::string("the counter of alive entities is wrong");
      return before == after ? std::string() : difference(before, after);
    });
}
