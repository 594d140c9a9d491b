// The ceiling of a seed: the rows of an instance's database, inserted into an empty database with the same schema and
// the same pragmas, in one transaction, by one prepared statement a table. Nothing is parsed or computed.
//
// usage: bare-insert SOURCE.db TARGET.db
// Prints the seconds from opening TARGET to the end of the commit; reading SOURCE is not counted.
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Table {
  std::string insert;
  int columns = 0;
  std::vector<sqlite3_value*> values;  // row after row
};

void check(bool good, sqlite3* db) {
  if (good) return;
  std::fprintf(stderr, "bare-insert: %s\n", sqlite3_errmsg(db));
  std::exit(1);
}

sqlite3* open(const char* path, int flags) {
  sqlite3* db = nullptr;
  check(sqlite3_open_v2(path, &db, flags, nullptr) == SQLITE_OK, db);
  return db;
}

void run(sqlite3* db, const std::string& sql) {
  check(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, db);
}

sqlite3_stmt* prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK, db);
  return statement;
}

std::vector<std::string> texts(sqlite3* db, const std::string& sql) {
  std::vector<std::string> found;
  sqlite3_stmt* statement = prepare(db, sql);
  while (sqlite3_step(statement) == SQLITE_ROW)
    found.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  sqlite3_finalize(statement);
  return found;
}

Table read(sqlite3* db, const std::string& name) {
  Table table;
  sqlite3_stmt* statement = prepare(db, "SELECT * FROM " + name);
  table.columns = sqlite3_column_count(statement);
  table.insert = "INSERT INTO " + name + " VALUES(?";
  for (int i = 1; i < table.columns; ++i) table.insert += ",?";
  table.insert += ")";
  while (sqlite3_step(statement) == SQLITE_ROW)
    for (int i = 0; i < table.columns; ++i)
      table.values.push_back(sqlite3_value_dup(sqlite3_column_value(statement, i)));
  sqlite3_finalize(statement);
  return table;
}

void insert(sqlite3* db, const Table& table) {
  sqlite3_stmt* statement = prepare(db, table.insert);
  for (std::size_t row = 0; row < table.values.size(); row += static_cast<std::size_t>(table.columns)) {
    for (int i = 0; i < table.columns; ++i)
      sqlite3_bind_value(statement, i + 1, table.values[row + static_cast<std::size_t>(i)]);
    check(sqlite3_step(statement) == SQLITE_DONE, db);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bare-insert SOURCE.db TARGET.db\n");
    return 2;
  }
  sqlite3* source = open(argv[1], SQLITE_OPEN_READONLY);
  const auto schema = texts(source, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'");
  std::vector<Table> tables;
  for (const std::string& name :
       texts(source, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
    tables.push_back(read(source, name));
  sqlite3_close(source);

  const auto start = std::chrono::steady_clock::now();
  sqlite3* target = open(argv[2], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  run(target, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000");
  run(target, "BEGIN IMMEDIATE");
  for (const std::string& sql : schema) run(target, sql);
  for (const Table& table : tables) insert(target, table);
  run(target, "COMMIT");
  std::printf("%.6f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return 0;  // the process's end frees the rows
}
