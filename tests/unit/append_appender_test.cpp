#include <catch2/catch.hpp>

#include <atomic>
#include <set>
#include <thread>

#include "append/appender.h"
#include "log/reader.h"
#include "operation/wire_forms.h"
#include "support/temporary_directory.h"

using namespace choreo;

namespace {

struct Fixture {
  test::TemporaryDirectory dir;
  log::Instances instances = log::Instances::open(dir.path()).value();
  std::mutex mutex;
  std::vector<append::Committed> committed;
  append::Appender appender = make();

  append::Appender make() {
    return append::Appender(instances, system_clock(), system_random(), {}, [this](const append::Committed& c) {
      const std::lock_guard lock(mutex);
      committed.push_back(c);
    });
  }
  Result<append::Answer> post(const std::string& body, const std::string& key = "") {
    append::Request request;
    Result<Draft> draft = parse_operation(body);
    if (!draft.ok()) return draft.error();
    request.draft = *draft;
    request.idempotency_key = key;
    return appender.append("x", std::move(request));
  }
  std::int64_t head() { return log::Reader::open(instances, "x").value().head().value().last_id; }
  log::Entity entity(const std::string& table, const std::string& id) {
    return log::Reader::open(instances, "x").value().entity(table, id).value().value();
  }
};

std::string ins(const std::string& id) {
  return R"({"op":"INS","target":{"id":")" + id + R"(","n":1.10},"context":{"table":"t"}})";
}

}  // namespace

TEST_CASE("an operation is answered with its place in the log and projected") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  const auto answer = f.post(ins("a"));
  REQUIRE(answer.ok());
  CHECK(answer->operation.id == 1);
  CHECK(answer->operation.pretty_id == "A-1");
  CHECK(answer->operation.guid.size() == 36);
  CHECK(f.entity("t", "a").data == R"({"n":1.10,"_ops":{"INS":1}})");
  REQUIRE(f.committed.size() == 1);
  CHECK(f.committed[0].first_id == 1);
  CHECK(f.committed[0].records.size() == 1);
}

TEST_CASE("an unknown instance is refused and leaves no file") {
  Fixture f;
  const auto answer = f.post(ins("a"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().code == "unknown_instance");
  CHECK(f.instances.list()->empty());
}

TEST_CASE("threads of two processes' appenders give consecutive ids, each exactly once") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  append::Appender other = f.make();
  constexpr int kThreads = 8, kEach = 40;
  std::mutex mutex;
  std::set<std::int64_t> ids;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        append::Request request;
        request.draft = parse_operation(ins("e" + std::to_string(t) + "-" + std::to_string(i))).value();
        const auto answer = (t % 2 ? other : f.appender).append("x", std::move(request));
        const std::lock_guard lock(mutex);
        if (answer.ok()) ids.insert(answer->operation.id);
      }
    });
  for (std::thread& thread : threads) thread.join();
  REQUIRE(ids.size() == kThreads * kEach);
  CHECK(*ids.begin() == 1);
  CHECK(*ids.rbegin() == kThreads * kEach);
  CHECK(f.head() == kThreads * kEach);
  const auto summary = log::Reader::open(f.instances, "x").value().summary().value();
  CHECK(summary.operations == kThreads * kEach);
  CHECK(summary.entities == kThreads * kEach);
}

TEST_CASE("the same key gives the first answer, another operation under it a conflict") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  const auto first = f.post(ins("a"), "key-1");
  const auto again = f.post(ins("a"), "key-1");
  REQUIRE(again.ok());
  CHECK(again->duplicate);
  CHECK(again->operation.id == first->operation.id);
  CHECK(again->operation.guid == first->operation.guid);
  const auto other = f.post(ins("b"), "key-1");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().kind == ErrorKind::conflict);
  CHECK(f.head() == 1);
  // A guid that the server made is a key too.
  const auto by_guid = f.post(R"({"op":"INS","guid":")" + first->operation.guid +
                              R"(","target":{"id":"a","n":1.10},"context":{"table":"t"}})");
  REQUIRE(by_guid.ok());
  CHECK(by_guid->duplicate);
  // `generated` belongs in the second answer exactly if it was in the first.
  for (const char* type : {"other", "emergence_scan"}) {
    const std::string rec = R"({"op":"REC","target":{"id":"a"},"context":{"type":")" + std::string(type) + R"("}})";
    CHECK(f.post(rec, type)->compound == f.post(rec, type)->compound);
  }
}

TEST_CASE("If-Match holds against the entity's last operation") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  append::Request request;
  request.draft = parse_operation(ins("a")).value();
  request.if_match = 3;
  const auto refused = f.appender.append("x", request);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::precondition_failed);
  CHECK(refused.error().extra == R"("last_op":0,"current":null)");
  request.if_match = 0;
  REQUIRE(f.appender.append("x", request).ok());
  REQUIRE_FALSE(f.appender.append("x", request).ok());
  request.if_match = 1;
  CHECK(f.appender.append("x", request).ok());
  CHECK(f.head() == 2);
}

TEST_CASE("a writer that has a deleted instance open does not bring it back") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  REQUIRE(f.post(ins("a")).ok());
  REQUIRE(f.instances.remove("x").ok());
  CHECK(f.post(ins("b")).error().code == "unknown_instance");
  CHECK(f.instances.list()->empty());
  REQUIRE(f.instances.create("x").ok());
  const auto answer = f.post(ins("c"));
  REQUIRE(answer.ok());
  CHECK(answer->operation.id == 1);
}

TEST_CASE("a snapshot's operations follow their REC in one transaction") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  REQUIRE(f.post(R"({"op":"INS","target":{"id":"p1","name":"A","h":1,"z":5},"context":{"table":"t"}})").ok());
  REQUIRE(f.post(R"({"op":"INS","target":{"id":"p2","name":"gone"},"context":{"table":"t"}})").ok());
  const auto answer =
      f.post(R"({"op":"REC","target":{"rows":[{"name":"A","h":1.0,"z":null},{"name":"B","h":null,"k":[1]},
      {"h":3},{"name":"B","k":[2]}]},"context":{"type":"snapshot_ingest","table":"t"},
      "frame":{"match_on":"name","absence_means":"deleted","null_fields_mean":"cleared"}})");
  REQUIRE(answer.ok());
  CHECK(answer->operation.id == 3);
  REQUIRE(answer->generated_count == 4);
  CHECK(answer->extra_members == std::vector<std::string>{R"("skipped":[2])"});
  const auto page = log::Reader::open(f.instances, "x").value().page(3, 100, 1 << 20).value();
  REQUIRE(page.size() == 4);
  CHECK(page[0].target == R"({"entity_id":"p1","field":"z"})");
  CHECK(page[1].target == R"({"id":"B","name":"B","k":[1]})");
  CHECK(page[2].target == R"({"id":"B","k":[2]})");
  CHECK(page[3].target == R"({"id":"p2"})");
  CHECK(page[3].op == Operator::NUL);
  CHECK(page[3].context == R"({"table":"t","generated_by":3})");
  REQUIRE(f.committed.back().first_id == 3);
  CHECK(f.committed.back().last_id == 7);
  const auto rows = f.post(R"({"op":"REC","target":{"rows":[{"id":"ok"},{"id":")" + std::string(600, 'x') +
                           R"("}]},"context":{"type":"snapshot_ingest","table":"t"}})");
  REQUIRE_FALSE(rows.ok());
  CHECK(rows.error().index == 1u);
  CHECK(f.head() == 7);
}

TEST_CASE("a snapshot's null on a destroyed field") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  const auto ingest = [&](const std::string& meaning) {
    return f.post(R"({"op":"REC","target":{"rows":[{"id":"p","z":null}]},"context":{"type":"snapshot_ingest"},)"
                  R"("frame":{"null_fields_mean":")" +
                  meaning + "\"}}");
  };
  REQUIRE(f.post(R"({"op":"INS","target":{"id":"p","z":5}})").ok());
  REQUIRE(f.post(R"({"op":"NUL","target":{"entity_id":"p","field":"z"}})").ok());
  CHECK(ingest("cleared")->generated_count == 0);
  const auto answer = ingest("unknown");
  REQUIRE(answer->generated_count == 1);  // destroyed is what the projection knows of it
  CHECK(answer->generated[0].find(R"("variants":[{"source":"projection","value":{"_nul":true,"op_id":2}},)"
                                  R"({"source":"snapshot","value":null}])") != std::string::npos);
  CHECK(ingest("unknown")->generated_count == 0);
}

TEST_CASE("a refused seed leaves nothing, not even the instance it made") {
  Fixture f;
  int given = 0;
  const auto next = [&]() -> Result<std::optional<Draft>> {
    if (given++ == 2) {
      Error error = invalid("bad_rows", "bad");
      error.index = 7;  // a row of that operation; what is told is which operation it is
      return error;
    }
    return std::optional(parse_operation(ins("s" + std::to_string(given))).value());
  };
  const auto refused = f.appender.seed("x", next, "");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().index == 2u);
  CHECK(f.instances.list()->empty());
  REQUIRE(f.instances.create("x").ok());
  REQUIRE(f.post(ins("a")).ok());
  given = 0;
  REQUIRE_FALSE(f.appender.seed("x", next, "").ok());
  CHECK(f.head() == 1);
}

TEST_CASE("rebuild gives what was there") {
  Fixture f;
  REQUIRE(f.instances.create("x").ok());
  REQUIRE(f.post(ins("a")).ok());
  REQUIRE(f.post(R"({"op":"ALT","target":"tables.t.a","operand":{"fields.n":2}})").ok());
  const auto before = f.entity("t", "a");
  REQUIRE(f.appender.rebuild("x").ok());
  const auto after = f.entity("t", "a");
  CHECK(after.data == before.data);
  CHECK(after.last_op == before.last_op);
  REQUIRE(f.post(ins("b")).ok());
  CHECK(log::Reader::open(f.instances, "x").value().summary().value().entities == 2);
}
