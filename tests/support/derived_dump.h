// What an instance derives from its log, as text to compare.
#pragma once

#include <string>

#include "log/create.h"

namespace choreo::test {

// Every row of every derived table, as text.
inline std::string dump_derived(const log::Instances& instances, const std::string& slug) {
  auto opened = log::open_database(instances, slug, 1000).value();
  std::string out;
  for (const char* sql :
       {"SELECT name || '|' || alive || '|' || first_op || '|' || last_op FROM tables ORDER BY name",
        "SELECT t.name || '|' || e.id || '|' || e.alive || '|' || e.first_op || '|' || e.last_op || '|' || e.since_ops "
        "|| '|' || e.since_bytes || '|' || e.data || '|' || coalesce(b.data, '') || '|' || e.seg_part || '|' || "
        "e.syn_part FROM entities e JOIN tables t USING(tid) LEFT JOIN bodies b USING(body) ORDER BY t.name, e.id",
        "SELECT t.name || '|' || c.id || '|' || c.op_id || '|' || c.alive || '|' || c.data || '|' || "
        "coalesce(b.data, '') || '|' || c.seg_part || '|' || c.syn_part "
        "FROM checkpoints c JOIN tables t USING(tid) LEFT JOIN bodies b USING(body) ORDER BY t.name, c.id, c.op_id",
        "SELECT op_id || '|' || before || '|' || elements FROM list_parts ORDER BY op_id",
        "SELECT id || '|' || alive || '|' || name || '|' || tid FROM id_tables ORDER BY id, name",
        "SELECT count(*) FROM bodies",
        "SELECT op_id || '|' || since_op || '|' || died_op || '|' || source || '|' || target || '|' || stance "
        "|| '|' || coupling || '|' || data FROM edges ORDER BY op_id",
        "SELECT edge || '|' || until_op || '|' || since_op || '|' || source || '|' || target FROM edge_moves "
        "ORDER BY edge, until_op",
        "SELECT m.id || '|' || m.op_id || '|' || m.nth || '|' || coalesce(t.name, '') FROM mentions m LEFT JOIN tables "
        "t USING(tid) "
        "ORDER BY m.id, m.op_id",
        "SELECT first_id || '|' || last_id || '|' || min_ts_ms FROM late_runs ORDER BY first_id",
        "SELECT zone || '|' || operators || '|' || min_ts_ms || '|' || max_ts_ms || '|' || hex(terms) FROM zones "
        "ORDER BY zone",
        "SELECT operations || '|' || entities || '|' || head || '|' || max_ts_ms FROM state"}) {
    auto statement = opened.db.prepare(sql).value();
    while (statement.step().value()) out.append(statement.text(0)).append("\n");
    out += "--\n";
  }
  return out;
}

}  // namespace choreo::test
