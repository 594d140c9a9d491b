// No request reads a table from end to end: the plan of every statement that appending and reading run, collected while
// they run, so that a new statement is covered by itself.
#include <catch2/catch.hpp>

#include <sqlite3.h>

#include <set>

#include "eoql/parser.h"
#include "log/histogram.h"
#include "log/live_view.h"
#include "log/past_view.h"
#include "query/result.h"
#include "support/random_log.h"

using namespace choreo;

namespace {

std::set<std::string>& statements() {
  static std::set<std::string> all;
  return all;
}

int keep_statement(unsigned, void*, void*, void* sql) {
  statements().insert(static_cast<const char*>(sql));
  return 0;
}

// Called for each connection that is opened while this is registered.
int trace_connection(sqlite3* db, const char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, keep_statement, nullptr);
}

class Traced {
 public:
  Traced() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(trace_connection)); }
  ~Traced() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(trace_connection)); }
};

void ask(log::Reader& reader, const std::string& text) {
  const auto parsed = eoql::parse(text);
  if (!parsed.ok()) FAIL(text << ": " << parsed.error().message);
  const auto answer = query::run(*parsed, {}, reader);
  if (!answer.ok()) FAIL(text << ": " << answer.error().message);
}

void read_everything(log::Reader& reader) {
  REQUIRE(reader.head().ok());
  REQUIRE(reader.summary().ok());
  REQUIRE(reader.page(10, 10, 1 << 20).ok());
  REQUIRE(reader.operation(7).ok());
  REQUIRE(reader.page_before(20, 10).ok());
  REQUIRE(reader.mention_count("e1").ok());
  REQUIRE(reader.mentions_after("e1", 0, 10).ok());
  REQUIRE(reader.mentions_before("e1", 100, 10).ok());
  REQUIRE(reader.entity("t", "e1").ok());
  REQUIRE(reader.entities("t", "", 10).ok());
  REQUIRE(reader.open_table("t").ok());
  log::Entity row;
  while (true) {
    const Result<bool> found = reader.next_row(row);
    REQUIRE(found.ok());
    if (!*found) break;
  }
  reader.close_table();
  REQUIRE(log::histogram(reader, {std::nullopt, std::nullopt, 10}).ok());
  for (const char* query :
       {"t", "state(context.table=t, x=1, limit=2)", "state(target.id=e1) >> CON(hops=3)", "stream(op=SYN, limit=5)",
        "stream(target.id=e1)", "stream(context.table=t, after=\"2020-01-01\")", "state(context.table=t, at_op=300)",
        "state(target.id=e1, at_op=300) >> CON(hops=2)", "state(context.table=t, at=\"2023-11-14T22:13:20.100Z\")"})
    ask(reader, query);
}

// What a scan is allowed for, by the beginning of the statement.
bool may_scan(const std::string& sql) {
  static const char* const kAllowed[] = {
      // An emergence scan looks at every alive edge: that is what it is.
      "SELECT op_id, source, target, stance, coupling, data FROM edges WHERE died_op = 0 ORDER BY op_id",
      // The newest run, the first row backwards.
      "SELECT first_id, last_id, min_ts_ms FROM late_runs ORDER BY first_id DESC LIMIT 1",
  };
  return std::any_of(std::begin(kAllowed), std::end(kAllowed), [&](const char* allowed) { return sql == allowed; });
}

std::string plan_of(sqlite::Database& db, const std::string& sql) {
  auto plan = db.prepare("EXPLAIN QUERY PLAN " + sql);
  if (!plan.ok()) FAIL(sql << ": " << plan.error().message);
  std::string lines;
  while (plan->step().value()) lines.append(plan->text(3)).append("\n");
  return lines;
}

}  // namespace

TEST_CASE("no statement of a request scans the log or what is derived from it") {
  statements().clear();
  const Traced traced;
  test::LogEntries entries = test::random_log(41, 700, true);
  entries.push_back(
      {R"({"op":"REC","target":{"min_cluster_size":2},"context":{"type":"emergence_scan"}})", std::nullopt});
  test::LoggedInstance log(entries, {});
  append::Request keyed;
  keyed.draft =
      parse_operation(R"({"op":"INS","target":{"id":"k"},"guid":"0190b7a2-5d3c-4c4e-8f10-2a3b4c5d6e7f"})").value();
  keyed.idempotency_key = "key";
  keyed.if_match = 0;
  REQUIRE(log.appender.append("x", keyed).ok());
  REQUIRE(log.appender.append("x", keyed).value().duplicate);
  log::Reader reader = log.reader();
  read_everything(reader);

  int read = 0, scans = 0;
  for (const std::string& sql : statements()) {
    const bool asks = sql.starts_with("SELECT") || sql.starts_with("UPDATE") || sql.starts_with("INSERT") ||
                      sql.starts_with("DELETE");
    if (!asks) continue;
    ++read;
    const std::string plan = plan_of(reader.database(), sql);
    INFO(sql << "\n" << plan);
    for (const char* table : {"operations", "entities", "edges", "edge_moves", "mentions", "checkpoints", "idempotency",
                              "late_runs", "zones", "bodies", "list_parts", "id_tables", "answers"})
      if (plan.find("SCAN " + std::string(table)) != std::string::npos) {
        CHECK(may_scan(sql));
        ++scans;
      }
    CHECK(plan.find("TEMP B-TREE") == std::string::npos);
  }
  // Statements were collected at all, those of appends, reads and looks at the past among them.
  CHECK(read > 40);
  CHECK(scans == 2);
}
