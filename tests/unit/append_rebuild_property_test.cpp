// The equality that carries everything: replaying the log gives, byte for byte, the projection that appending built.
#include <catch2/catch.hpp>

#include "append/appender.h"
#include "log/create.h"
#include "log/reader.h"
#include "operation/wire_forms.h"
#include "support/random_operations.h"
#include "support/temporary_directory.h"

using namespace choreo;

namespace {

// Every row of every derived table, as text.
std::string dump(const log::Instances& instances, const std::string& slug) {
  auto opened = log::open_database(instances, slug, 1000).value();
  std::string out;
  for (const char* sql :
       {"SELECT name || '|' || alive || '|' || last_op FROM tables ORDER BY name",
        "SELECT t.name || '|' || e.id || '|' || e.alive || '|' || e.last_op || '|' || e.data "
        "FROM entities e JOIN tables t USING(tid) ORDER BY t.name, e.id",
        "SELECT op_id || '|' || source || '|' || target || '|' || stance || '|' || coupling || '|' || data "
        "|| '|' || alive FROM edges ORDER BY op_id",
        "SELECT id || '|' || op_id FROM mentions ORDER BY id, op_id",
        "SELECT operations || '|' || entities || '|' || head FROM state"}) {
    auto statement = opened.db.prepare(sql).value();
    while (statement.step().value()) out.append(statement.text(0)).append("\n");
    out += "--\n";
  }
  return out;
}

std::size_t first_difference(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return i;
}

std::int64_t alive_by_counting(const log::Instances& instances, const std::string& slug) {
  auto opened = log::open_database(instances, slug, 1000).value();
  return opened.db.query_integer("SELECT count(*) FROM entities WHERE alive = 1", -1).value();
}

}  // namespace

TEST_CASE("rebuild equals the incremental projection for random logs") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u, 4u, 5u);
  CAPTURE(seed);
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  append::Appender appender(instances, system_clock(), system_random(), {}, [](const append::Committed&) {});
  REQUIRE(instances.create("x").ok());
  test::RandomOperations random(seed);
  int left = 400;
  const auto next = [&]() -> Result<std::optional<Draft>> {
    if (left-- == 0) return std::optional<Draft>();
    const std::string body = random.next();
    CAPTURE(body);
    Result<Draft> draft = parse_operation(body);
    REQUIRE(draft.ok());
    return std::optional(std::move(*draft));
  };
  REQUIRE(appender.seed("x", next, "").ok());
  const std::string before = dump(instances, "x");
  REQUIRE(appender.rebuild("x").ok());
  const std::string after = dump(instances, "x");
  const std::size_t at = first_difference(before, after);
  INFO("before: " << before.substr(at > 200 ? at - 200 : 0, 400)
                  << "\nafter: " << after.substr(at > 200 ? at - 200 : 0, 400));
  CHECK(before == after);
  CHECK(alive_by_counting(instances, "x") == log::Reader::open(instances, "x").value().summary().value().entities);
}
