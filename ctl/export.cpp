// choreoctl export: a whole log, or the state of a table, as a file.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/csv.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/input.h"
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
  static Result<Output> open(std::string path) {
    if (path.empty()) return Output(stdout, "");
    if (std::FILE* there = std::fopen(path.c_str(), "re")) {
      static_cast<void>(std::fclose(there));
      return make_error(ErrorKind::conflict, "exists", path + " exists already, and nothing is overwritten");
    }
    std::FILE* file = std::fopen((path + kTail).c_str(), "we");
    if (file == nullptr) return file_error("make '" + path + kTail + "'", errno);
    return Output(file, std::move(path));
  }
  Output(Output&& other) noexcept : file_(std::exchange(other.file_, nullptr)), path_(std::move(other.path_)) {}
  Output& operator=(Output&&) = delete;
  ~Output() {
    if (file_ == nullptr || path_.empty()) return;
    static_cast<void>(std::fclose(file_));
    static_cast<void>(std::remove((path_ + kTail).c_str()));
  }

  void write(std::string_view text) { static_cast<void>(std::fwrite(text.data(), 1, text.size(), file_)); }

  Status finish() {
    const bool good = std::fflush(file_) == 0 && std::ferror(file_) == 0;
    if (!good) return file_error("write '" + path_ + "'", errno);
    if (path_.empty()) return {};
    if (std::fclose(std::exchange(file_, nullptr)) != 0) return file_error("write '" + path_ + "'", errno);
    return rename_file(path_ + kTail, path_);
  }

 private:
  static constexpr const char* kTail = ".unfinished";
  Output(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  std::FILE* file_;
  std::string path_;
};

Result<std::int64_t> head_of(Context& context, const std::string& slug) {
  CHOREO_ASSIGN(const std::string answer, context.http().get("/" + encoded(slug) + "/operations?limit=1"));
  return std::strtoll(text_of(answer, "head").c_str(), nullptr, 10);
}

Status export_log(Context& context, const std::string& slug, Output& out) {
  CHOREO_ASSIGN(const std::int64_t head, head_of(context, slug));
  Progress progress("exporting");
  for (std::int64_t after = 0; after < head;) {
    CHOREO_ASSIGN(const std::string answer,
                  context.http().get("/" + encoded(slug) + "/operations?after=" + std::to_string(after) +
                                     "&limit=" + std::to_string(kPage)));
    CHOREO_ASSIGN(const std::string_view operations, member(answer, "operations"));
    const std::int64_t before = after;
    for (const std::string_view each : json::elements(operations)) {
      const std::int64_t id = std::strtoll(text_of(each, "id").c_str(), nullptr, 10);
      if (id > head) break;
      after = id;
      out.write(std::string(each) + "\n");
    }
    progress.show(after, head, after);
    if (after == before) break;  // it was deleted and made again meanwhile
  }
  return {};
}

// All alive entities of the table as after operation `head`, however it goes on meanwhile.
Status each_entity(Context& context, const std::string& slug, const std::string& table, std::int64_t head,
                   const std::function<void(std::string_view)>& each) {
  std::string cursor;
  while (true) {
    CHOREO_ASSIGN(
        const std::string answer,
        context.http().get("/" + encoded(slug) + "/state/" + encoded(table) + "?at_op=" + std::to_string(head) +
                           "&limit=" + std::to_string(kPage) + (cursor.empty() ? "" : "&cursor=" + encoded(cursor))));
    CHOREO_ASSIGN(const std::string_view entities, member(answer, "entities"));
    for (const std::string_view entity : json::elements(entities)) each(entity);
    cursor = text_of(answer, "next_cursor");
    if (cursor.empty()) return {};
  }
}

Status export_csv(Context& context, const std::string& slug, const std::string& table, std::int64_t head, Output& out) {
  std::vector<std::string> heading = {"id"};
  const auto column_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(heading.begin(), heading.end(), name) - heading.begin());
  };
  CHOREO_TRY(each_entity(context, slug, table, head, [&](std::string_view entity) {
    for (const json::Member& field : json::members(entity)) {
      const std::string name = json::unescape(field.key);
      if (!name.starts_with('_') && column_of(name) == heading.size()) heading.push_back(name);
    }
  }));
  out.write(csv_line(heading));
  return each_entity(context, slug, table, head, [&](std::string_view entity) {
    std::vector<std::string> row(heading.size());
    for (const json::Member& field : json::members(entity)) {
      const std::size_t column = column_of(json::unescape(field.key));
      if (column < row.size())
        row[column] = json::is_string(field.value) ? json::unquote(field.value) : std::string(field.value);
    }
    out.write(csv_line(row));
  });
}

Result<int> run_export(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  const auto table = arguments.value("table");
  if (arguments.has("csv") && !table)
    return bad_usage("--csv needs --table: a log's operations have no common columns");
  CHOREO_ASSIGN(Output out, Output::open(arguments.positional.size() > 1 ? arguments.positional[1] : ""));
  if (!table) {
    CHOREO_TRY(export_log(context, slug, out));
  } else {
    CHOREO_ASSIGN(const std::int64_t head, head_of(context, slug));
    if (arguments.has("csv")) {
      CHOREO_TRY(export_csv(context, slug, *table, head, out));
    } else {
      CHOREO_TRY(
          each_entity(context, slug, *table, head, [&](std::string_view e) { out.write(std::string(e) + "\n"); }));
    }
  }
  CHOREO_TRY(out.finish());
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
