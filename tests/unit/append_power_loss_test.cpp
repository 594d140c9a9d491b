// The power goes, or one call fails, at every write and sync of an append, a checkpoint, a snapshot ingest, a rebuild
// and a migration. Whatever of the unsynced bytes is on the disk afterwards: what was acknowledged is in the log, once;
// ids have no gap; a rebuild changes nothing; the next append goes on.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>

#include "append/appender.h"
#include "json/object.h"
#include "log/create.h"
#include "log/reader.h"
#include "operation/wire_forms.h"
#include "support/derived_dump.h"
#include "support/power_vfs.h"
#include "support/source_dir.h"
#include "support/temporary_directory.h"

using namespace choreo;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kRows = 12;  // of a snapshot

// An instance "x" that is written to while the power may go.
class World {
 public:
  // Appends and notes what became of it.
  void post(const std::string& body) {
    append::Request request;
    request.draft = parse_operation(body).value();
    request.idempotency_key = "key" + std::to_string(++posted_);
    const Result<append::Answer> answer = appender_->append("x", std::move(request));
    if (!answer.ok()) return refused.push_back(body);
    acknowledged[answer->operation.id] = answer->operation.target;
    std::int64_t id = answer->operation.id;
    for (const std::string& generated : answer->generated)
      acknowledged[++id] = std::string(json::find(generated, "target").value());
  }
  void insert(const std::string& id, std::size_t size = 10) {
    post(R"({"op":"INS","target":{"id":")" + id + R"(","text":")" + std::string(size, 'x') + "\"}}");
  }
  void snapshot(int value) {
    std::string rows;
    for (std::int64_t row = 0; row < kRows; ++row)
      rows +=
          (row ? ",{\"id\":\"row" : "{\"id\":\"row") + std::to_string(row) + "\",\"v\":" + std::to_string(value) + "}";
    post(R"({"op":"REC","target":{"rows":[)" + rows + R"(]},"context":{"type":"snapshot_ingest"}})");
  }
  void checkpoint(const char* mode) {
    if (auto opened = log::open_database(instances, "x", 1000); opened.ok())
      (void)opened->db.exec(("PRAGMA wal_checkpoint(" + std::string(mode) + ")").c_str());
  }
  // The programs are gone.
  void stop() { appender_.reset(); }
  void rebuild() { (void)appender_->rebuild("x"); }

  test::TemporaryDirectory dir;
  log::Instances instances = log::Instances::open(dir.path()).value();
  std::map<std::int64_t, std::string> acknowledged;  // id → target
  std::vector<std::string> refused;

 private:
  std::unique_ptr<append::Appender> appender_ = std::make_unique<append::Appender>(
      instances, system_clock(), system_random(), append::Options{}, [](const append::Committed&) {});
  int posted_ = 0;
};

struct Scenario {
  const char* name;
  std::function<void(World&)> prepare;  // before the disk is armed
  std::function<void(World&)> run;
};

void create(World& world) {
  REQUIRE(world.instances.create("x").ok());
}

void write_database(World& world, const std::string& sql) {
  auto db = sqlite::Database::open(world.instances.db_path("x"), sqlite::OpenMode::read_write_create, 1000).value();
  REQUIRE(db.exec(sql.c_str()).ok());
  auto rows = db.prepare("SELECT id, target FROM operations").value();
  while (rows.step().value()) world.acknowledged[rows.integer(0)] = std::string(rows.text(1));
}

std::string version_1() {
  return test::bytes_of((test::source_dir() / "tests/golden/schema/version-1.sql").string());
}

std::string earlier_system() {
  std::string sql =
      "CREATE TABLE operations(id INTEGER PRIMARY KEY AUTOINCREMENT, ts TEXT NOT NULL, op TEXT NOT NULL, target TEXT "
      "NOT "
      "NULL, context TEXT NOT NULL, frame TEXT NOT NULL); CREATE TABLE _projected(a); CREATE TABLE _meta(b);";
  for (int n = 1; n <= 20; ++n)
    sql += "INSERT INTO operations(ts, op, target, context, frame) VALUES('2026-01-05T09:00:00Z', 'INS', '{\"id\":\"e" +
           std::to_string(n) + "\"}', '{\"table\":\"t\"}', '{}');";
  return sql;
}

void few(World& world) {
  for (const char* id : {"a", "b", "c", "a"}) world.insert(id);
}

const Scenario kScenarios[] = {
    {"append", create, few},
    {"checkpoint", create,
     [](World& world) {
       for (const char* mode : {"PASSIVE", "TRUNCATE", "RESTART"}) {
         world.insert("a");
         world.insert("large", 6000);
         world.checkpoint(mode);
       }
       few(world);
     }},
    {"snapshot ingest", create,
     [](World& world) {
       world.insert("a");
       world.snapshot(1);
       world.snapshot(2);
       world.insert("b");
     }},
    {"rebuild", create,
     [](World& world) {
       few(world);
       world.rebuild();
       world.insert("d");
     }},
    {"migration from version 1", [](World& world) { write_database(world, version_1()); },
     [](World& world) { world.insert("d"); }},
    {"migration from the earlier system", [](World& world) { write_database(world, earlier_system()); },
     [](World& world) { world.insert("d"); }},
};

void check(World& world) {
  auto opened = log::Reader::open(world.instances, "x");
  if (!opened.ok()) FAIL(opened.error().message);
  log::Reader& reader = *opened;
  const std::vector<Operation> operations = reader.page(0, 10000, 1 << 30).value();
  const auto count = static_cast<std::int64_t>(operations.size());
  CHECK(reader.head().value().last_id == count);
  for (std::int64_t at = 0; at < count; ++at) {
    const Operation& operation = operations[static_cast<std::size_t>(at)];
    REQUIRE(operation.id == at + 1);
    if (operation.op == Operator::REC && operation.context.find("snapshot_ingest") != std::string::npos &&
        operation.target.find("row0") != std::string::npos)
      CHECK(count >= operation.id + kRows);  // never without what it caused
  }
  for (const auto& [id, target] : world.acknowledged) {
    INFO("operation " << id);
    REQUIRE(id <= count);
    CHECK(operations[static_cast<std::size_t>(id - 1)].target == target);
  }
  CHECK(log::open_database(world.instances, "x", 1000)->db.query_text("PRAGMA integrity_check").value() == "ok");
  append::Appender appender(world.instances, system_clock(), system_random(), {}, [](const append::Committed&) {});
  const std::string before = test::dump_derived(world.instances, "x");
  REQUIRE(appender.rebuild("x").ok());
  CHECK(test::dump_derived(world.instances, "x") == before);
  append::Request next;
  next.draft = parse_operation(R"({"op":"INS","target":{"id":"next"}})").value();
  CHECK(appender.append("x", next).value().operation.id == count + 1);
}

bool is_long() {
  return std::getenv("CHOREO_LONG");
}

std::vector<test::PowerVfs::Survivors> survivors() {
  using enum test::PowerVfs::Survivors;
  if (is_long()) return {none, some, all};
  return {none, some};
}

int repetitions() {
  return is_long() ? 20 : 1;
}

}  // namespace

TEST_CASE("what was acknowledged survives a power cut at any write or sync") {
  const Scenario& scenario = GENERATE(from_range(std::begin(kScenarios), std::end(kScenarios)));
  test::PowerVfs power;
  int call = 0;
  for (bool cut = true; cut;) {
    ++call;
    for (const test::PowerVfs::Survivors kept : survivors())
      for (int seed = 0; seed < (kept == test::PowerVfs::Survivors::some ? repetitions() : 1); ++seed) {
        INFO(scenario.name << ", cut at call " << call << ", kept " << static_cast<int>(kept) << ", seed " << seed);
        World world;
        scenario.prepare(world);
        power.cut_at(call);
        scenario.run(world);
        cut = power.happened();
        world.stop();
        power.restore(kept, static_cast<std::uint64_t>(seed * 10000 + call));
        check(world);
      }
  }
  CHECK(call > 10);
}

TEST_CASE("one write or sync that fails refuses one request at most, and the next ones work") {
  const int code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE);
  const Scenario& scenario = GENERATE(from_range(std::begin(kScenarios), std::begin(kScenarios) + 3));
  test::PowerVfs power;
  bool failed = true;
  for (int call = 1; failed; ++call) {
    INFO(scenario.name << ", call " << call << " fails with " << code);
    World world;
    scenario.prepare(world);
    power.fail_at(call, code);
    scenario.run(world);
    failed = power.happened();
    CHECK(world.refused.size() <= 1);
    for (const std::string& body : world.refused) {
      world.post(body);
      CHECK(world.refused.size() == 1);
    }
    const std::size_t acknowledged = world.acknowledged.size();
    CHECK(log::Reader::open(world.instances, "x")->head()->last_id == static_cast<std::int64_t>(acknowledged));
    world.stop();
    power.restore(test::PowerVfs::Survivors::none, 1);
    check(world);
  }
}
