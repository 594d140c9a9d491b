// choreoctl op, query, log dump: operations in, answers out.
#include <algorithm>
#include <cstdint>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/data_directory.h"
#include "ctl/exit_codes.h"
#include "ctl/input.h"
#include "json/scan.h"
#include "json/string.h"
#include "log/instances.h"
#include "log/reader.h"

namespace choreo::ctl {
namespace {

constexpr int kPage = 1000;
constexpr std::size_t kPageBytes = 8u << 20;

Result<int> run_op(Context& context, const Arguments& arguments) {
  const std::string source = arguments.positional.size() > 1 ? arguments.positional[1] : "-";
  std::string body = source;
  const std::size_t start = source.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || source[start] != '{') {
    CHOREO_ASSIGN(body, read_all(source));
  }
  Request request{.method = "POST", .path = "/" + encoded(arguments.positional[0]) + "/operations", .body = body};
  if (arguments.has("dry-run")) request.path += "?dry_run=true";
  // libcurl drops a header that ends with its colon; an empty key is the server's to refuse.
  if (const auto key = arguments.value("key"))
    request.headers.push_back(key->empty() ? "Idempotency-Key;" : "Idempotency-Key: " + *key);
  if (const auto match = arguments.value("if-match")) request.headers.push_back("If-Match: \"" + *match + "\"");
  CHOREO_ASSIGN(const std::string answer, context.http().json(request));
  print_line(answer);
  return kDone;
}

// Entities as a table: the id, then each field that any of them has.
void print_entities(std::string_view entities) {
  std::vector<std::vector<std::string>> rows = {{"id"}};
  for (const std::string_view entity : json::elements(entities)) {
    if (!json::is_object(entity)) continue;
    std::vector<std::string> row(rows[0].size());
    for (const json::Member& member : json::members(entity)) {
      if (member.key.starts_with("_")) continue;
      const std::string key = json::unescape(member.key);
      std::size_t column = 0;
      while (column < rows[0].size() && rows[0][column] != key) ++column;
      if (column == rows[0].size()) rows[0].push_back(key);
      row.resize(std::max(row.size(), column + 1));
      row[column] = json::is_string(member.value) ? json::unquote(member.value) : std::string(member.value);
    }
    rows.push_back(std::move(row));
  }
  print_table(rows);
}

Result<int> run_query(Context& context, const Arguments& arguments) {
  std::string path = "/" + encoded(arguments.positional[0]) + "/query?q=" + encoded(arguments.positional[1]);
  if (const auto replay = arguments.value("replay")) path += "&replay=" + encoded(*replay);
  CHOREO_ASSIGN(const std::string answer, context.http().get(path));
  const auto entities = array(answer, "entities");
  const auto operations = array(answer, "operations");
  const bool whole = context.json() || member(answer, "con_chain").ok();
  if (!whole && entities.ok()) return print_entities(*entities), kDone;
  if (whole || !operations.ok()) return print_line(answer), kDone;
  for (const std::string_view each : json::elements(*operations)) print_line(each);
  return kDone;
}

Result<int> run_log_dump(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(std::int64_t after, arguments.number("after", 0, 0, INT64_MAX));
  CHOREO_ASSIGN(std::int64_t left, arguments.number("limit", INT64_MAX, 1, INT64_MAX));
  CHOREO_ASSIGN(const log::Instances instances, existing_instances(context.settings()));
  CHOREO_ASSIGN(log::Reader reader, log::Reader::open(instances, arguments.positional[0]));
  while (left > 0) {
    const int limit = static_cast<int>(std::min<std::int64_t>(left, kPage));
    CHOREO_ASSIGN(const std::vector<Operation> page, reader.page(after, limit, kPageBytes));
    if (page.empty()) break;
    for (const Operation& operation : page) {
      std::string line;
      append_json(line, operation);
      print_line(line);
    }
    CHOREO_TRY(flush_output());
    left -= static_cast<std::int64_t>(page.size());
    after = page.back().id;
  }
  return kDone;
}

const Register op(
    {"op",
     "SLUG [OPERATION|FILE|-]",
     "Appends an operation; the answer means that it is on disk",
     "The operation is a JSON object in either form: on the command line, in a file, or on standard input.",
     {{"key", "KEY", "Idempotency-Key: a repeated request appends nothing"},
      {"if-match", "TAG", "only if this is the entity's ETag, or its last operation; 0: if it does not exist"},
      {"dry-run", "", "only asks what the answer would be"}},
     1,
     2,
     &run_op});
const Register query({"query",
                      "SLUG EOQL",
                      "Asks a question, e.g. 'state(context.table=orders, total>=10)'",
                      "",
                      {{"replay", "PROFILE", "a replay profile"}},
                      2,
                      2,
                      &run_query});
const Register dump({"log dump",
                     "SLUG",
                     "Prints the log from its file, a line for each operation; no server is needed",
                     "",
                     {{"after", "ID", "only what follows this operation"}, {"limit", "N", "at most N of them"}},
                     1,
                     1,
                     &run_log_dump});

}  // namespace
}  // namespace choreo::ctl
