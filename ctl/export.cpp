// choreoctl export: a whole log, or the state of a table, as a file.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/csv.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/input.h"
#include "ctl/unfinished.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

constexpr int kPage = 1000;

constexpr const char* kDetails =
    "Without --table the log, an operation on each line (NDJSON), up to what it has when the export begins. With "
    "--table\n"
    "that table's alive entities as of one moment, as NDJSON or, with --csv, under a heading with every field that "
    "any\n"
    "of them has; what is no text or number stands there as JSON.\n\n"
    "FILE must not exist, and has its name when it is complete; without one it goes to standard output.";

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
    cursor = text_of(answer, "next_cursor");
    if (cursor.empty()) return {};
  }
}

Status export_csv(Log& log, const std::string& table, std::int64_t head, Output& out) {
  std::vector<std::string> heading = {"id"};
  const auto column_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(heading.begin(), heading.end(), name) - heading.begin());
  };
  CHOREO_TRY(each_entity(log, table, head, [&](std::string_view entity) -> Status {
    for (const json::Member& field : json::members(entity)) {
      const std::string name = json::unescape(field.key);
      if (!name.starts_with('_') && column_of(name) == heading.size()) heading.push_back(name);
    }
    return {};
  }));
  CHOREO_TRY(out.write(csv_line(heading)));
  return each_entity(log, table, head, [&](std::string_view entity) {
    std::vector<std::string> row(heading.size());
    for (const json::Member& field : json::members(entity)) {
      const std::size_t column = column_of(json::unescape(field.key));
      if (column < row.size())
        row[column] = json::is_string(field.value) ? json::unquote(field.value) : std::string(field.value);
    }
    return out.write(csv_line(row));
  });
}

Status export_table(Log& log, const std::string& table, bool csv, Output& out) {
  CHOREO_ASSIGN(const std::int64_t head, log.head());
  CHOREO_TRY(csv ? export_csv(log, table, head, out) : each_entity(log, table, head, [&](std::string_view entity) {
    return out.write(std::string(entity) + "\n");
  }));
  CHOREO_ASSIGN(const std::int64_t end, log.head());  // answers about the past do not name their log
  static_cast<void>(end);
  return {};
}

Result<int> run_export(Context& context, const Arguments& arguments) {
  const auto table = arguments.value("table");
  const bool csv = arguments.has("csv");
  if (csv && !table) return bad_usage("--csv needs --table: a log's operations have no common columns");
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
                          {{"table", "TABLE", "the alive entities of this table"}, {"csv", "", "as CSV"}},
                          1,
                          2,
                          &run_export});

}  // namespace
}  // namespace choreo::ctl
