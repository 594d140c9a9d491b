// Time travel at an operation is the projection of the operations up to it; at a time, of those not after it.
#include <catch2/catch.hpp>

#include "base/timestamp.h"
#include "log/past_view.h"
#include "projection/memory_store.h"
#include "projection/projector.h"
#include "support/random_log.h"

using namespace choreo;
using projection::Edge;
using projection::EntityState;
using projection::Liveness;
using projection::View;

namespace {

std::string text_of(const std::string& id, const EntityState& entity) {
  return id + "|" + (entity.alive ? "alive" : "dead") + "|" + std::to_string(entity.last_op) + "|" + entity.data + "\n";
}

std::string text_of(const Edge& edge) {
  return std::to_string(edge.op_id) + "|" + edge.source + "|" + edge.target + "|" + edge.stance + "|" + edge.coupling +
         "|" + edge.data + "\n";
}

// Everything a view tells about the tables and ids of RandomOperations.
std::string dump(View& view) {
  std::string out;
  const std::vector<std::string> tables = view.tables().value();
  for (const std::string& table : tables) {
    out += "table " + table + "\n";
    for (const Liveness liveness : {Liveness::both, Liveness::dead})
      REQUIRE(view.scan(table, liveness == Liveness::dead ? "e3" : "", liveness,
                        [&](const std::string& id, const EntityState& entity) -> Result<bool> {
                          out += text_of(id, entity);
                          return true;
                        })
                  .ok());
    const auto one = view.find(table, "e1").value();
    if (one) out += "found " + text_of("e1", *one);
  }
  for (int i = 0; i < 8; ++i) {
    const std::vector<Edge> edges = view.edges_of("e" + std::to_string(i)).value();
    for (const Edge& edge : edges) out += "e" + std::to_string(i) + " has " + text_of(edge);
  }
  return out;
}

std::string difference(const std::string& what, const std::string& expected, const std::string& actual) {
  std::size_t at = 0;
  while (at < expected.size() && at < actual.size() && expected[at] == actual[at]) ++at;
  const std::size_t from = at > 150 ? at - 150 : 0;
  return what + "\nreplayed: " + expected.substr(from, 400) + "\nthe view: " + actual.substr(from, 400);
}

// Compares the view of every `step`th moment with a replay of the operations that count.
std::string compare(test::LoggedInstance& log, int step, bool by_time) {
  const std::vector<Operation> operations = log.operations();
  log::Reader reader = log.reader();
  for (std::size_t i = 0; i < operations.size(); i += static_cast<std::size_t>(step)) {
    log::Moment moment;
    if (by_time)
      moment.until_ms = parse_timestamp(operations[i].ts).value();
    else
      moment.last_id = operations[i].id;
    projection::MemoryStore replayed;
    for (const Operation& operation : operations)
      if (by_time ? operation.ts <= operations[i].ts : operation.id <= operations[i].id)
        REQUIRE(projection::apply(operation, replayed).ok());
    const auto view = log::PastView::open(reader, moment);
    if (!view.ok()) return view.error().message;
    const std::string expected = dump(replayed), actual = dump(**view);
    if (expected != actual)
      return difference((by_time ? "at " + operations[i].ts : "at_op " + std::to_string(operations[i].id)), expected,
                        actual);
  }
  return "";
}

}  // namespace

TEST_CASE("the past at an operation is the projection of the operations up to it") {
  append::Options options;
  options.snapshot_interval = GENERATE(1, 500, 1000);
  for (const std::uint64_t seed : test::seeds(11, 2))
    test::check_log(seed, test::random_log(seed, 2000, false), [&](const test::LogEntries& entries) {
      test::LoggedInstance log(entries, options);
      return compare(log, 97, false);
    });
}

TEST_CASE("the past at a time is the projection of the operations not after it, in the order of the log") {
  append::Options options;
  options.snapshot_interval = GENERATE(1, 500);
  for (const std::uint64_t seed : test::seeds(21, 2))
    test::check_log(seed, test::random_log(seed, 1000, true), [&](const test::LogEntries& entries) {
      test::LoggedInstance log(entries, options);
      return compare(log, 41, true);
    });
}
