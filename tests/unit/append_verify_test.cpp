// What verify says of an instance's file: nothing of a sound one, and something of each way in which a projection is
// not that of its log.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "log/copy.h"
#include "log/verify.h"
#include "support/random_log.h"

using namespace choreo;
namespace fs = std::filesystem;

namespace {

// Of a copy that may be damaged: the sentences, or the error.
std::vector<std::string> wrong_with(const std::string& path) {
  const std::string scratch = path + ".replayed";
  auto verified = log::verify_copy(path, scratch);
  for (const char* tail : {"", "-wal", "-shm", "-journal"}) fs::remove(scratch + tail);
  if (!verified.ok()) return {verified.error().code + ": " + verified.error().message};
  return std::move(verified->wrong);
}

// What is kept apart from the rows of entities: a long text, long lists, an id in many tables.
void add_apart(test::LogEntries& entries) {
  const auto add = [&](const std::string& op, const std::string& target, const std::string& table) {
    entries.push_back(
        {"{\"op\":\"" + op + "\",\"target\":" + target + ",\"context\":{\"table\":\"" + table + "\"}}", std::nullopt});
  };
  for (int i = 0; i < 30; ++i) add("INS", R"({"id":"everywhere"})", "far" + std::to_string(i));
  add("INS", R"({"id":"long","text":")" + std::string(3000, 'x') + "\"}", "far1");
  add("INS", R"({"id":"cut"})", "far1");
  for (int i = 0; i < 40; ++i) {
    add("SEG", R"({"id":"cut","boundary":"the boundary number )" + std::to_string(i) + "\"}", "far1");
    add("ALT", R"({"id":"long","text":")" + std::string(static_cast<std::size_t>(2000 + i), 'y') + "\"}", "far1");
  }
  for (int i = 0; i < 60; ++i) {
    const std::string id = "one of the parts " + std::to_string(i);
    add("INS", "{\"id\":\"" + id + "\"}", "far1");
    add("SYN", "{\"merge_into\":\"cut\",\"merge_from\":\"" + id + "\"}", "far1");
  }
}

// A log with all that is derived of one, and copies of its file to spoil.
class Spoiled {
 public:
  explicit Spoiled(std::uint64_t seed) {
    append::Options options;
    options.snapshot_interval = 100;
    test::LogEntries entries = test::random_log(seed, 600, true);
    add_apart(entries);
    const test::LoggedInstance log(entries, options);
    REQUIRE(log::copy_database(log.instances.db_path("x"), sound).ok());
  }
  std::string copy() {
    std::string path = dir.path() + "/" + std::to_string(++copies) + ".db";
    fs::copy_file(sound, path);
    return path;
  }
  // By SQL, in one file without a write-ahead log; returns what verify says.
  std::vector<std::string> after(const std::string& sql) {
    const std::string path = copy();
    {
      auto db = sqlite::Database::open(path, sqlite::OpenMode::read_write, 1000).value();
      const Status done = db.exec(("PRAGMA journal_mode=DELETE; " + sql).c_str());
      if (!done.ok()) return {"refused: " + done.error().message};  // by a constraint: nothing was spoiled
    }
    return wrong_with(path);
  }

  test::TemporaryDirectory dir;
  const std::string sound = dir.path() + "/sound.db";
  int copies = 0;
};

std::vector<std::pair<std::string, std::string>> columns_of(const std::string& path) {
  // How many checkpoints there are depends on a setting, so what counts towards the next is not compared.
  const std::set<std::string> free = {"since_ops", "since_bytes", "tid"};
  std::vector<std::pair<std::string, std::string>> columns;
  auto db = sqlite::Database::open(path, sqlite::OpenMode::immutable, 1000).value();
  auto rows =
      db.prepare(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.name IN ('tables', "
            "'entities', 'checkpoints', 'edges', 'edge_moves', 'mentions', 'late_runs', 'zones', 'bodies', "
            "'list_parts', "
            "'id_tables')")
          .value();
  while (rows.step().value())
    if (free.count(std::string(rows.text(1))) == 0) columns.emplace_back(rows.text(0), rows.text(1));
  return columns;
}

}  // namespace

TEST_CASE("nothing is wrong with sound copies of random logs, whatever the interval of their checkpoints") {
  append::Options options;
  options.snapshot_interval = GENERATE(100, 1000);
  for (const std::uint64_t seed : test::seeds(1, 3))
    test::check_log(seed, test::random_log(seed, 1000, seed % 2 == 0), [&](const test::LogEntries& entries) {
      const test::LoggedInstance log(entries, options);
      const std::string copy = log.dir.path() + "/copy.db";
      if (!log::copy_database(log.instances.db_path("x"), copy).ok()) return std::string("it cannot be copied");
      const std::vector<std::string> wrong = wrong_with(copy);
      return wrong.empty() ? std::string() : wrong[0];
    });
}

TEST_CASE("another value in any derived column is found") {
  Spoiled log(7);
  const auto columns = columns_of(log.sound);
  REQUIRE(columns.size() >= 35);
  std::map<std::string, int> spoiled;
  for (const auto& [table, column] : columns) {
    INFO(table << "." << column);
    auto db = sqlite::Database::open(log.sound, sqlite::OpenMode::immutable, 1000).value();
    const std::int64_t rows = db.query_integer(("SELECT count(*) FROM " + table).c_str(), 0).value();
    REQUIRE(rows > 0);
    // A key of a checkpoint or mention that has no like is not compared; a value of theirs is.
    if ((table == "checkpoints" || table == "mentions") && (column == "id" || column == "op_id")) continue;
    const std::string first =
        "(SELECT " + column + " FROM " + table + " LIMIT 1 OFFSET " + std::to_string(rows / 2) + ")";
    const auto wrong = log.after("UPDATE " + table + " SET " + column + " = CASE typeof(" + column +
                                 ") WHEN 'integer' THEN " + column + " + 1000003 WHEN 'blob' THEN x'00' ELSE " +
                                 column + " || ' ' END WHERE " + column + " = " + first);
    REQUIRE(!wrong.empty());
    CHECK(wrong[0].substr(0, 7) != "refused");
    ++spoiled[table];
  }
  CHECK(spoiled.size() == 11);
}

TEST_CASE("a row too few or too many in what is derived is found") {
  Spoiled log(8);
  for (const char* table :
       {"tables", "entities", "edges", "edge_moves", "late_runs", "zones", "bodies", "list_parts", "id_tables"}) {
    INFO(table);
    const std::string name = table;
    CHECK(!log.after("DELETE FROM " + name + " WHERE rowid IN (SELECT rowid FROM " + name + " LIMIT 1)").empty());
  }
  CHECK(
      !log.after("INSERT INTO entities SELECT tid, 'more', 1, 1, 1, 0, 0, '{}', 0, 0, 0 FROM tables LIMIT 1").empty());
  CHECK(!log.after("INSERT INTO edges VALUES(1000000, 1, 0, 'a', 'b', '', '0.5', '{}')").empty());
}

TEST_CASE("a log that was cut, has a hole, or says something else is found") {
  Spoiled log(9);
  for (const char* sql :
       {"DELETE FROM operations WHERE id = (SELECT max(id) FROM operations)", "DELETE FROM operations WHERE id = 100",
        "DELETE FROM operations", "UPDATE operations SET op = 'DES' WHERE op = 'INS'",
        "UPDATE operations SET target = '{' WHERE id = 50",
        "UPDATE operations SET target = '{\"id\":\"other\"}' WHERE id = 1",
        "UPDATE operations SET ts = '2031-01-01T00:00:00.000Z' WHERE id = 60", "DROP TABLE operations",
        "UPDATE operations SET context = '{\"table\":\"elsewhere\"}' WHERE op = 'INS'",
        "UPDATE state SET operations = operations + 1", "UPDATE state SET head = head - 1",
        "UPDATE state SET entities = entities + 1", "UPDATE state SET max_ts_ms = max_ts_ms + 1",
        "INSERT INTO idempotency VALUES('k:later', 1000000, 1000000, '')", "PRAGMA user_version = 99"}) {
    INFO(sql);
    CHECK(!log.after(sql).empty());
  }
  CHECK(log.after("UPDATE state SET epoch = 'another'").empty());  // an epoch is no part of what a log says
}

TEST_CASE("a file with one changed byte never brings verify down, and is sound only if the projection is the same") {
  Spoiled log(10);
  SeededRandom random(10);
  const auto size = fs::file_size(log.sound);
  int found = 0;
  constexpr int kFlips = 60;
  for (int i = 0; i < kFlips; ++i) {
    const std::string path = log.copy();
    const auto at = static_cast<std::streamoff>(random.next_u64() % size);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ (1 << (random.next_u64() % 8))));
    file.close();
    found += wrong_with(path).empty() ? 0 : 1;
    fs::remove(path);
  }
  // What is not found lies in the words of operations that nothing is derived of, or where no data is: of backups, the
  // checksum finds it.
  CHECK(found > kFlips / 4);
}

TEST_CASE("a file that was cut anywhere is found") {
  Spoiled log(12);
  const auto size = fs::file_size(log.sound);
  for (const std::uintmax_t length :
       {std::uintmax_t{0}, std::uintmax_t{50}, std::uintmax_t{4096}, size / 2, size - 4096, size - 1}) {
    INFO(length << " of " << size);
    const std::string path = log.copy();
    fs::resize_file(path, length);
    CHECK(!wrong_with(path).empty());
  }
}
