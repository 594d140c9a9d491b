// choreoctl export: a whole log, or the state of a table, as a file.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/csv.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/input.h"
#include "ctl/limits.h"
#include "ctl/rows.h"
#include "ctl/unfinished.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/reserved.h"

namespace choreo::ctl {
namespace {

constexpr int kPage = 1000;

constexpr const char* kDetails =
    "Without --table the log, an operation on each line (NDJSON), up to what it has when the export begins. With "
    "--table\n"
    "that table's alive entities as of one moment, as NDJSON or, with --csv, under a heading with every field that "
    "any\n"
    "of them has; what is no text stands there as JSON. With --exact a text that would be taken for JSON, and an "
    "empty\n"
    "one, stand there as JSON too. With --safe a text that a spreadsheet would take for a formula, since it begins "
    "with\n"
    "= + - @, a tab or a line break, has an apostrophe before it.\n\n"
    "FILE must not exist, and has its name when it is complete; without one it goes to standard output.";

// plain: texts as they are. exact: what import --exact reads. safe: for spreadsheets.
enum class CellForm { plain, exact, safe };

// What OWASP lists of CSV injection, full-width forms included.
std::string safe_cell(const std::string& text) {
  for (const char* formula : {"=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"})
    if (text.starts_with(formula)) return "'" + text;
  return text;
}

// Where the lines go: a file under a temporary name, or standard output.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (file_ != nullptr) static_cast<void>(std::fclose(file_));
  }

  Status open() {
    if (path_.empty()) return {};
    struct stat there {};
    if (lstat(path_.c_str(), &there) == 0)
      return make_error(ErrorKind::conflict, "exists", path_ + " exists already, and nothing is overwritten");
    return unfinished_.begin(made_, [this]() -> Status {
      file_ = std::fopen(made_.c_str(), "wxe");
      if (file_ != nullptr) return {};
      if (errno != EEXIST) return file_error("make '" + made_ + "'", errno);
      return make_error(ErrorKind::conflict, "exists",
                        made_ + " exists: another export is writing it, or was ended; then remove it");
    });
  }

  Status write(std::string_view line) {
    ++lines_;
    if (path_.empty()) return print(line), lines_ % kPage == 0 ? flush_output() : Status();
    if (std::fwrite(line.data(), 1, line.size(), file_) == line.size()) return {};
    return file_error("write '" + path_ + "'", errno);
  }
  std::int64_t lines() const { return lines_; }

  Status finish() {
    if (path_.empty()) return flush_output();
    if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) return file_error("write '" + path_ + "'", errno);
    return unfinished_.finish([this] { return rename_file(made_, path_); });
  }

 private:
  const std::string path_;  // "" for standard output
  const std::string made_ = path_ + ".unfinished";
  Unfinished unfinished_;
  std::FILE* file_ = nullptr;
  std::int64_t lines_ = 0;
};

// An answer of the log that the export began with.
class Log {
 public:
  Log(Context& context, std::string slug) : context_(context), slug_(std::move(slug)) {}

  const std::string& slug() const { return slug_; }
  Result<std::string> get(const std::string& path) {
    CHOREO_ASSIGN(Response response, context_.http().answer({.path = "/" + encoded(slug_) + path}));
    const std::string epoch = response.headers["x-choreo-epoch"];
    if (epoch_.empty()) epoch_ = epoch;
    if (epoch.empty() || epoch == epoch_) return std::move(response.body);
    return make_error(ErrorKind::gone, "instance_gone",
                      "instance '" + slug_ + "' was deleted and made again meanwhile, so there is no whole export");
  }
  // What it has now.
  Result<std::int64_t> head() {
    CHOREO_ASSIGN(const std::string answer, get("/operations?limit=1"));
    return std::strtoll(text_of(answer, "head").c_str(), nullptr, 10);
  }

 private:
  Context& context_;
  const std::string slug_;
  std::string epoch_;
};

Status export_log(Log& log, Output& out) {
  CHOREO_ASSIGN(const std::int64_t head, log.head());
  Progress progress("exporting");
  for (std::int64_t after = 0; after < head;) {
    CHOREO_ASSIGN(const std::string answer,
                  log.get("/operations?after=" + std::to_string(after) + "&limit=" + std::to_string(kPage)));
    CHOREO_ASSIGN(const std::string_view operations, array(answer, "operations"));
    const std::int64_t before = after;
    for (const std::string_view each : json::elements(operations)) {
      const std::int64_t id = std::strtoll(text_of(each, "id").c_str(), nullptr, 10);
      if (id > head) break;
      after = id;
      CHOREO_TRY(out.write(std::string(each) + "\n"));
    }
    progress.show(after, head, after);
    if (after == before)
      return make_error(ErrorKind::unavailable, "bad_answer",
                        "the log ends with operation " + std::to_string(after) + ", not with " + std::to_string(head));
  }
  return {};
}

// All alive entities of the table as after operation `head`, however it goes on meanwhile.
Status each_entity(Log& log, const std::string& table, std::int64_t head,
                   const std::function<Status(std::string_view)>& each) {
  std::string cursor;
  while (true) {
    CHOREO_ASSIGN(const std::string answer,
                  log.get("/state/" + encoded(table) + "?at_op=" + std::to_string(head) +
                          "&limit=" + std::to_string(kPage) + (cursor.empty() ? "" : "&cursor=" + encoded(cursor))));
    CHOREO_ASSIGN(const std::string_view entities, array(answer, "entities"));
    for (const std::string_view entity : json::elements(entities))
      if (json::is_object(entity)) CHOREO_TRY(each(entity));
    const std::string before = std::exchange(cursor, text_of(answer, "next_cursor"));
    if (cursor.empty()) return {};
    if (cursor == before)
      return make_error(ErrorKind::unavailable, "bad_answer", "the pages of the table do not end: a cursor came again");
  }
}

class CsvExport {
 public:
  CsvExport(Log& log, const std::string& table, std::int64_t head, CellForm form)
      : log_(log), table_(table), head_(head), form_(form) {}

  Status run(Output& out) {
    CHOREO_TRY(each_entity(log_, table_, head_, [&](std::string_view entity) { return look(entity); }));
    std::vector<std::string> heading;
    for (const std::string& name : columns_)
      heading.push_back(form_ == CellForm::exact  ? exact_heading(name)
                        : form_ == CellForm::safe ? safe_cell(name)
                                                  : name);
    CHOREO_TRY(out.write(csv_line(heading)));
    return each_entity(log_, table_, head_,
                       [&](std::string_view entity) { return out.write(csv_line(row_of(entity))); });
  }

  // What an import of the file would not bring back, "" for nothing.
  std::string lost() const {
    if (form_ == CellForm::exact || (!nested_ && !empty_ && !(looks_typed_ && typed_))) return "";
    return nested_ ? "lists and objects" : empty_ ? "empty texts" : "texts that look like numbers, beside numbers,";
  }

 private:
  Status look(std::string_view entity) {
    for (const json::Member& field : json::members(entity)) {
      if (is_reserved_member(field.key)) continue;
      const std::string name = json::unescape(field.key);
      if (name.empty() && form_ != CellForm::exact)
        return make_error(ErrorKind::invalid, "no_heading",
                          "an entity has a field whose name is empty, which cannot head a column; --exact writes it, "
                          "and so does an export without --csv");
      if (places_.emplace(name, columns_.size()).second) columns_.push_back(name);
      if (columns_.size() > kMaxColumns)
        return make_error(ErrorKind::too_large, "too_many_columns",
                          "the table's entities have more than " + std::to_string(kMaxColumns) +
                              " fields in all, too many for columns; export it without --csv");
      note_kind(field.value);
    }
    return {};
  }

  void note_kind(std::string_view value) {
    nested_ = nested_ || json::is_object(value) || json::is_array(value);
    empty_ = empty_ || value == "\"\"";
    if (!json::is_string(value))
      typed_ = true;
    else if (!looks_typed_)
      looks_typed_ = json::canonicalize(json::unquote(value)).ok();
  }

  std::vector<std::string> row_of(std::string_view entity) const {
    std::vector<std::string> row(columns_.size());
    for (const json::Member& field : json::members(entity)) {
      const auto place = places_.find(json::unescape(field.key));
      if (place != places_.end()) row[place->second] = cell_of(field.value);
    }
    return row;
  }

  std::string cell_of(std::string_view value) const {
    if (form_ == CellForm::exact) return exact_cell(value);
    if (!json::is_string(value)) return std::string(value);  // no formula begins like one, and a number stays one
    return form_ == CellForm::safe ? safe_cell(json::unquote(value)) : json::unquote(value);
  }

  Log& log_;
  const std::string& table_;
  const std::int64_t head_;
  const CellForm form_;
  std::vector<std::string> columns_ = {"id"};
  std::map<std::string, std::size_t> places_ = {{"id", 0}};
  bool nested_ = false, empty_ = false, typed_ = false, looks_typed_ = false;
};

Status export_csv(Log& log, const std::string& table, std::int64_t head, CellForm form, Output& out) {
  CsvExport csv(log, table, head, form);
  CHOREO_TRY(csv.run(out));
  if (form == CellForm::plain && !csv.lost().empty())
    note("cells do not say what was what: " + csv.lost() +
         " would not come back by an import; with --exact, there and there, everything does");
  return {};
}

Status export_table(Log& log, const std::string& table, std::optional<CellForm> csv, Output& out) {
  CHOREO_ASSIGN(const std::int64_t head, log.head());
  CHOREO_TRY(csv ? export_csv(log, table, head, *csv, out)
                 : each_entity(log, table, head,
                               [&](std::string_view entity) { return out.write(std::string(entity) + "\n"); }));
  CHOREO_ASSIGN(const std::int64_t end, log.head());  // answers about the past do not name their log
  static_cast<void>(end);
  return {};
}

Result<int> run_export(Context& context, const Arguments& arguments) {
  const auto table = arguments.value("table");
  const bool has_csv = arguments.has("csv");
  if (has_csv && !table) return bad_usage("--csv needs --table: a log's operations have no common columns");
  if ((arguments.has("safe") || arguments.has("exact")) && !has_csv) return bad_usage("--safe and --exact need --csv");
  if (arguments.has("safe") && arguments.has("exact")) return bad_usage("--safe and --exact exclude each other");
  std::optional<CellForm> csv;
  if (has_csv)
    csv = arguments.has("safe") ? CellForm::safe : arguments.has("exact") ? CellForm::exact : CellForm::plain;
  const std::string file = arguments.positional.size() > 1 ? arguments.positional[1] : "";
  Log log(context, arguments.positional[0]);
  Output out(file);
  CHOREO_TRY(out.open());
  CHOREO_TRY(table ? export_table(log, *table, csv, out) : export_log(log, out));
  CHOREO_TRY(out.finish());
  if (file.empty() || !context.json()) return kDone;
  print_line("{\"exported\":" + json::quote(file) + ",\"lines\":" + std::to_string(out.lines()) + "}");
  return kDone;
}

const Register exporting({"export",
                          "SLUG [FILE]",
                          "Writes a log, or the state of a table, as NDJSON or CSV",
                          kDetails,
                          {{"table", "TABLE", "the alive entities of this table"},
                           {"csv", "", "as CSV"},
                           {"exact", "", "of CSV: so that import --exact brings back every entity"},
                           {"safe", "", "of CSV: for spreadsheets, no cell is a formula"}},
                          1,
                          2,
                          &run_export});

}  // namespace
}  // namespace choreo::ctl
