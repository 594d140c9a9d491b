#include "sqlite/schema.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace choreo::sqlite {
namespace {

struct Object {
  std::string type, table, sql;
};

// By name, without those that SQLite makes by itself.
Result<std::map<std::string, Object>> objects_of(Database& db) {
  CHOREO_ASSIGN(Statement select, db.prepare("SELECT name, type, tbl_name, coalesce(sql, '') FROM sqlite_master "
                                             "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
  std::map<std::string, Object> objects;
  while (true) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return objects;
    objects[std::string(select.text(0))] = {std::string(select.text(1)), std::string(select.text(2)),
                                            std::string(select.text(3))};
  }
}

// All rows as lines of text. The name is bound, never put into the statement.
Result<std::vector<std::string>> lines_of(Database& db, const char* sql, const std::string& name) {
  CHOREO_ASSIGN(Statement select, db.prepare(sql));
  select.bind(1, name);
  std::vector<std::string> lines;
  while (true) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return lines;
    std::string line;
    for (int i = 0; i < sqlite3_column_count(select.handle()); ++i) line.append(select.text(i)).append("|");
    lines.push_back(std::move(line));
  }
}

// The words of a statement in capitals, without comments and spaces; what is quoted counts as one word.
std::vector<std::string> words_of(std::string_view sql) {
  std::vector<std::string> words;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = 0; at < sql.size();) {
    std::size_t end = at + 1;
    if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
      continue;
    }
    if (sql.substr(at, 2) == "/*") {
      const std::size_t close = sql.find("*/", at + 2);
      at = close == std::string_view::npos ? sql.size() : close + 2;
      continue;
    }
    if (sql[at] == '\'' || sql[at] == '"' || sql[at] == '`' || sql[at] == '[') {
      const std::size_t close = sql.find(sql[at] == '[' ? ']' : sql[at], at + 1);
      end = close == std::string_view::npos ? sql.size() : close + 1;
    } else if (is_word(sql[at])) {
      while (end < sql.size() && is_word(sql[end])) ++end;
    }
    std::string word(sql.substr(at, end - at));
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
    if (std::isspace(static_cast<unsigned char>(word[0])) == 0) words.push_back(std::move(word));
    at = end;
  }
  return words;
}

// What no pragma tells of a table: how often its statement has a word that makes a rule.
std::vector<std::ptrdiff_t> rules_of(const std::string& sql) {
  const std::vector<std::string> words = words_of(sql);
  std::vector<std::ptrdiff_t> counts;
  for (const char* word : {"CHECK", "COLLATE", "CONFLICT", "GENERATED", "AS", "REFERENCES", "AUTOINCREMENT"})
    counts.push_back(std::count(words.begin(), words.end(), word));
  return counts;
}

// A statement that differs may be one that a migration altered: then the table itself decides.
Result<bool> same_table(Database& found, Database& expected, const std::string& name, const std::string& found_sql,
                        const std::string& expected_sql) {
  if (words_of(found_sql) == words_of(expected_sql)) return true;
  if (rules_of(found_sql) != rules_of(expected_sql)) return false;
  for (const char* sql :
       {"SELECT name, upper(type), \"notnull\", coalesce(dflt_value, ''), pk, hidden FROM pragma_table_xinfo(?)",
        "SELECT type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?",
        "SELECT i.\"unique\", i.origin, i.partial, x.seqno, x.cid, coalesce(x.name, ''), x.desc, x.coll, x.key FROM "
        "pragma_index_list(?) i, pragma_index_xinfo(i.name) x WHERE i.origin <> 'c' ORDER BY i.name, x.seqno",
        "SELECT * FROM pragma_foreign_key_list(?)"}) {
    CHOREO_ASSIGN(const auto those, lines_of(found, sql, name));
    CHOREO_ASSIGN(const auto these, lines_of(expected, sql, name));
    if (those != these) return false;
  }
  return true;
}

Result<bool> same_names(Database& found, Database& expected, const std::string& name, const Object& table) {
  if (std::count(table.sql.begin(), table.sql.end(), '(') == 0) return false;
  // What an operation may be is checked before it comes here; other rules would change or refuse it.
  std::vector<std::ptrdiff_t> rules = rules_of(table.sql);
  if (std::any_of(rules.begin() + 1, rules.end() - 1, [](std::ptrdiff_t count) { return count > 0; })) return false;
  const char* sql = "SELECT name, hidden FROM pragma_table_xinfo(?) ORDER BY name";
  CHOREO_ASSIGN(const auto those, lines_of(found, sql, name));
  CHOREO_ASSIGN(const auto these, lines_of(expected, sql, name));
  return those == these;
}

Result<bool> harmless_index(Database& found, const std::string& name, const Object& index,
                            const std::set<std::string>& may_be_unique) {
  CHOREO_ASSIGN(const auto columns, lines_of(found, "SELECT name FROM pragma_index_xinfo(?) WHERE key = 1", name));
  if (std::count(columns.begin(), columns.end(), "|") > 0) return false;  // of an expression
  const std::vector<std::string> words = words_of(index.sql);
  if (std::count(words.begin(), words.end(), "UNIQUE") == 0) return true;
  return columns.size() == 1 && may_be_unique.contains(columns[0].substr(0, columns[0].size() - 1));
}

}  // namespace

Result<std::string> active_object(Database& db) {
  CHOREO_ASSIGN(const auto objects, objects_of(db));
  for (const auto& [name, object] : objects) {
    if (object.type != "table" && object.type != "index") return "the " + object.type + " '" + name + "'";
    const std::vector<std::string> words = words_of(object.sql);
    const std::size_t kind = words.size() > 1 && words[1] == "UNIQUE" ? 2 : 1;
    const bool usual =
        words.size() > kind && words[0] == "CREATE" && (words[kind] == "TABLE" || words[kind] == "INDEX");
    if (!usual) return "the virtual table '" + name + "'";
  }
  return std::string();
}

Result<std::string> schema_difference(Database& found, Database& expected, const TakenOver& taken_over) {
  CHOREO_ASSIGN(const auto those, objects_of(found));
  CHOREO_ASSIGN(const auto these, objects_of(expected));
  for (const auto& [name, object] : those) {
    const auto known = these.find(name);
    const bool is_known =
        known != these.end() && known->second.type == object.type && known->second.table == object.table;
    if (!is_known && object.type == "index" && taken_over.tables.contains(object.table)) {
      CHOREO_ASSIGN(const bool harmless, harmless_index(found, name, object, taken_over.unique));
      if (harmless) continue;
    }
    if (!is_known) return "has the " + object.type + " '" + name + "', which this program does not make";
    bool same = words_of(object.sql) == words_of(known->second.sql);
    if (!same && object.type == "table" && taken_over.tables.contains(name)) {
      CHOREO_ASSIGN(same, same_names(found, expected, name, object));
    } else if (!same && object.type == "table") {
      CHOREO_ASSIGN(same, same_table(found, expected, name, object.sql, known->second.sql));
    }
    if (!same) return "has a " + object.type + " '" + name + "' that is not as this program makes it";
  }
  for (const auto& [name, object] : these)
    if (object.type == "table" && !those.contains(name)) return "has no table '" + name + "'";
  return std::string();
}

Status copy_schema(Database& from, Database& to) {
  CHOREO_ASSIGN(const auto objects, objects_of(from));
  for (const char* type : {"table", "index"}) {
    for (const auto& [name, object] : objects) {
      if (object.type != type || object.sql.empty()) continue;
      CHOREO_ASSIGN(Statement make, to.prepare(object.sql));  // one statement, whatever follows it
      CHOREO_TRY(make.run());
    }
  }
  CHOREO_ASSIGN(const std::int64_t version, from.query_integer("PRAGMA user_version", 0));
  return to.exec(("PRAGMA user_version=" + std::to_string(version)).c_str());
}

Status copy_rows(Database& from, Database& to, const std::string& table) {
  std::string quoted = "\"";
  for (const char c : table) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  quoted += '"';
  CHOREO_ASSIGN(Statement select, from.prepare("SELECT * FROM " + quoted));
  const int columns = sqlite3_column_count(select.handle());
  std::string places;
  for (int i = 0; i < columns; ++i) places += i == 0 ? "?" : ",?";
  CHOREO_ASSIGN(Statement insert, to.prepare("INSERT INTO " + quoted + " VALUES(" + places + ")"));
  while (true) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return {};
    for (int i = 0; i < columns; ++i)
      sqlite3_bind_value(insert.handle(), i + 1, sqlite3_column_value(select.handle(), i));
    CHOREO_TRY(insert.run());
  }
}

}  // namespace choreo::sqlite
