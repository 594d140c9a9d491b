// choreoctl ingest: a whole list as it is now, from a file; the server works out what has changed.
#include <algorithm>
#include <charconv>
#include <map>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/input.h"
#include "ctl/operation_line.h"
#include "ctl/rows.h"
#include "ctl/shown.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

constexpr const char* kDetails =
    "FILE (or standard input, -) has the rows of TABLE as they are now: CSV under a heading, a JSON object on each\n"
    "line, or a JSON array of objects. The server appends one operation with all of them, and with it an INS for each\n"
    "row that is new and an ALT for each that differs; a row that is as before makes nothing. So a list that comes\n"
    "again and again is ingested again and again, where `import` would pass over rows that it has seen.\n\n"
    "The format is told by the file's name (.csv, .ndjson, .jsonl, .json) or by --csv, --ndjson or --json-rows. With\n"
    "--dry-run nothing is appended, and what would be is shown. All rows are one request, so the server's limit of a\n"
    "body (CHOREO_MAX_BODY_BYTES) holds for them.";

enum class Format { csv, ndjson, json };

Result<Format> format_of(const Arguments& arguments, const std::string& path) {
  const int given = arguments.has("csv") + arguments.has("ndjson") + arguments.has("json-rows");
  if (given > 1) return bad_usage("--csv, --ndjson and --json-rows exclude each other");
  if (arguments.has("csv") || (given == 0 && path.ends_with(".csv"))) return Format::csv;
  if (arguments.has("ndjson") || (given == 0 && (path.ends_with(".ndjson") || path.ends_with(".jsonl"))))
    return Format::ndjson;
  if (arguments.has("json-rows") || path.ends_with(".json")) return Format::json;
  return bad_usage("the file's name does not tell its format; --csv, --ndjson or --json-rows does");
}

Result<CsvForm> csv_form(const Arguments& arguments, bool match_by_id) {
  CsvForm form;
  CHOREO_ASSIGN(form.cells, cells_of(arguments));
  form.refuse_reserved = false;  // the server passes over them, as in what was exported and edited
  if (arguments.has("id") || match_by_id) form.id_column = arguments.value_or("id", "id");
  const std::string empty = arguments.value_or("empty-means", "absent");
  if (empty != "absent" && empty != "null")
    return bad_usage("--empty-means: the value '" + empty + "' is not allowed; allowed: absent, null");
  form.empty_is_null = empty == "null";
  return form;
}

struct Rows {
  std::string list = "[";  // a JSON array
  std::size_t count = 0;
};

Result<Rows> all_rows(RowReader& reader, const std::string& path) {
  Rows rows;
  while (true) {
    CHOREO_ASSIGN(const std::optional<std::string> row, reader.next());
    if (!row) break;
    rows.list += (rows.count++ == 0 ? "" : ",") + *row;
    if (rows.list.size() > kMaxSnapshotBytes)
      return make_error(ErrorKind::too_large, "too_large",
                        path + " has more than " + std::to_string(kMaxSnapshotBytes) + " bytes of rows");
  }
  if (rows.count == 0) return invalid("nothing_taken", path + " has no rows");
  rows.list += ']';
  return rows;
}

Result<Rows> read_rows(const Arguments& arguments) {
  const std::string path = arguments.positional.size() > 1 ? arguments.positional[1] : "-";
  CHOREO_ASSIGN(const Format format, format_of(arguments, path));
  for (const char* name : {"id", "typed", "exact", "empty-means"})
    if (arguments.has(name) && format != Format::csv) return bad_usage("--" + std::string(name) + " is only for CSV");
  if (format == Format::json) {
    CHOREO_ASSIGN(const std::unique_ptr<RowReader> reader, json_rows(path));
    return all_rows(*reader, path);
  }
  CHOREO_ASSIGN(const CsvForm form, csv_form(arguments, arguments.value_or("match-on", "id") == "id"));
  CHOREO_ASSIGN(Lines lines, Lines::open(path));
  return all_rows(*(format == Format::csv ? csv_rows(lines, form) : ndjson_rows(lines)), lines.path());
}

// "a, b" as a JSON array of texts.
std::string texts(const std::string& words) {
  std::string out = "[";
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t end = std::min(words.find(',', at), words.size());
    std::string word = words.substr(at, end - at);
    word.erase(0, std::min(word.find_first_not_of(' '), word.size()));
    word.erase(word.find_last_not_of(' ') + 1);
    if (!word.empty()) out += (out == "[" ? "" : ",") + json::quote(word);
    at = end + 1;
  }
  return out + "]";
}

std::string frame_of(const Arguments& arguments) {
  std::string frame;
  const auto add = [&](const char* name, const std::string& value) {
    frame += (frame.empty() ? "" : ",") + json::quote(name) + ":" + value;
  };
  const std::pair<const char*, const char*> members[] = {{"match-on", "match_on"},
                                                         {"absence-means", "absence_means"},
                                                         {"null-fields-mean", "null_fields_mean"},
                                                         {"source", "source"}};
  for (const auto& [option, name] : members)
    if (const auto value = arguments.value(option)) add(name, json::quote(*value));
  if (const auto fields = arguments.value("ignore-fields")) add("ignore_fields", texts(*fields));
  return "{" + frame + "}";
}

std::int64_t number_of(std::string_view object, std::string_view name) {
  const std::string text = text_of(object, name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "2 ALT, 1 INS" of what the answer lists.
std::string kinds_of(std::string_view generated) {
  std::map<std::string, std::int64_t> counts;
  for (const std::string_view each : json::elements(generated)) ++counts[shown(text_of(each, "op"))];
  std::string out;
  for (const auto& [name, count] : counts)
    out.append(out.empty() ? "" : ", ").append(std::to_string(count)).append(" ").append(name);
  return out;
}

void say(const std::string& slug, const std::string& answer, std::size_t rows, bool dry_run) {
  const std::string_view generated = array_or_none(answer, "generated");
  if (text_of(answer, "duplicate") == "true")
    return print_line(slug + ": the key was used before, and nothing was appended now");
  if (dry_run)
    for (const std::string_view each : json::elements(generated)) print_line(operation_line(each));
  const bool cut = text_of(answer, "generated_truncated") == "true";
  const std::string kinds = kinds_of(generated);
  const auto skipped = json::elements(array_or_none(answer, "skipped"));
  const auto without_key = std::distance(skipped.begin(), skipped.end());
  print_line(slug + ": " + std::to_string(rows) + " rows, " + std::to_string(number_of(answer, "generated_count")) +
             (dry_run ? " changes would be appended" : " changes appended") +
             (kinds.empty() ? ""
              : cut         ? ", the first of them " + kinds
                            : ": " + kinds) +
             (without_key == 0 ? "" : "; rows without a key were passed over: " + std::to_string(without_key)));
  const auto errors = json::elements(array_or_none(answer, "rule_errors"));
  if (errors.begin() != errors.end()) note("rules did not fire: " + text_of(answer, "rule_errors"));
}

Result<int> run_ingest(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  const auto table = arguments.value("table");
  if (!table) return bad_usage("--table TABLE is missing: whose rows these are");
  CHOREO_ASSIGN(const Rows rows, read_rows(arguments));
  const bool dry_run = arguments.has("dry-run");
  Request request{.method = "POST", .path = "/" + encoded(slug) + "/operations"};
  request.body = "{\"op\":\"REC\",\"target\":{\"rows\":" + rows.list +
                 "},\"context\":{\"type\":\"snapshot_ingest\",\"table\":" + json::quote(*table) +
                 "},\"frame\":" + frame_of(arguments) + "}";
  request.timeout_ms = 0;
  if (dry_run) request.path += "?dry_run=true";
  if (const auto key = arguments.value("key")) request.headers.push_back("Idempotency-Key: " + *key);
  CHOREO_ASSIGN(const std::string answer, context.http().json(request));
  if (context.json())
    print_line(answer);
  else
    say(slug, answer, rows.count, dry_run);
  return kDone;
}

const Register ingest({"ingest",
                       "SLUG [FILE|-]",
                       "Takes a whole table as a file has it now; appends what has changed",
                       kDetails,
                       {{"table", "TABLE", "whose rows these are"},
                        {"csv", "", "the file is CSV with a heading"},
                        {"ndjson", "", "it has a JSON object on each line"},
                        {"json-rows", "", "it is a JSON array of objects, or has one under rows or entities"},
                        {"id", "COLUMN", "of CSV: the column of the ids (id)"},
                        {"typed", "", "of CSV: numbers, true, false and null are those, not texts"},
                        {"exact", "", "of CSV: cells are as export --exact writes them"},
                        {"empty-means", "MEANING", "of CSV, an empty cell: absent or null (absent)"},
                        {"match-on", "FIELD", "the field that tells which entity a row is (id)"},
                        {"absence-means", "MEANING",
                         "of what no row has: unchanged, deleted or investigate (unchanged)"},
                        {"null-fields-mean", "MEANING", "of nulls: unchanged, cleared or unknown (unchanged)"},
                        {"ignore-fields", "FIELDS", "fields of the rows that do not count, separated by commas"},
                        {"source", "TEXT", "where the list is from: frame.source of all that is appended"},
                        {"key", "KEY", "Idempotency-Key: a repeated request appends nothing"},
                        {"dry-run", "", "append nothing; show what would be"}},
                       1,
                       2,
                       &run_ingest});

}  // namespace
}  // namespace choreo::ctl
