#include "ctl/rows.h"

#include <set>
#include <utility>

#include "ctl/csv.h"
#include "ctl/exit_codes.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/reserved.h"

namespace choreo::ctl {
namespace {

// Whether a text would be taken for JSON, which exact cells are where they can be.
bool is_json(const std::string& text) {
  return json::canonicalize(text).ok();
}

class CsvRows : public RowReader {
 public:
  CsvRows(Lines& lines, CsvForm form) : lines_(lines), form_(std::move(form)) {}

  Result<std::optional<std::string>> next() override {
    if (heading_.empty()) CHOREO_TRY(read_heading());
    CHOREO_ASSIGN(const auto record, next_record(lines_));
    if (!record) return std::optional<std::string>();
    const std::string where = "line " + std::to_string(lines_.number()) + ": ";
    if (record->size() != heading_.size())
      return invalid("bad_csv", where + std::to_string(record->size()) + " cells under a heading of " +
                                    std::to_string(heading_.size()));
    std::string id, fields;
    for (std::size_t i = 0; i < record->size(); ++i) {
      const std::string& cell = (*record)[i];
      if (!json::is_utf8(cell)) return invalid("bad_utf8", where + "column '" + heading_[i] + "' is not UTF-8");
      if (i == id_) {
        if (cell.empty()) return invalid("bad_id", where + "column '" + heading_[i] + "' is empty");
        id = ",\"id\":" + json::quote(id_of(cell));
      } else if (!cell.empty() || form_.empty_is_null) {
        fields += "," + json::quote(heading_[i]) + ":" + (cell.empty() ? "null" : value_of(cell));
      }
    }
    const std::string members = id + fields;
    return std::optional(members.empty() ? "{}" : "{" + members.substr(1) + "}");
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  Status read_heading() {
    CHOREO_ASSIGN(auto record, next_record(lines_));
    if (!record) return invalid("bad_csv", "there is no heading");
    heading_ = std::move(*record);
    std::set<std::string> names;
    for (std::size_t i = 0; i < heading_.size(); ++i) CHOREO_TRY(take_name(i, names));
    if (!form_.id_column.empty() && id_ == kNone)
      return invalid("bad_csv", "the heading has no column '" + form_.id_column + "'; --id names it");
    return {};
  }

  Status take_name(std::size_t i, std::set<std::string>& names) {
    std::string& name = heading_[i];
    const bool exact = form_.cells == Cells::exact && name.starts_with('"') && json::is_utf8(name);
    const Result<std::string> meant = exact ? json::canonicalize(name) : Error{};
    if (meant.ok() && json::is_string(*meant))
      name = json::unquote(*meant);
    else if (name.empty() || !json::is_utf8(name))
      return invalid("bad_csv", "a column has no name, or one that is not UTF-8");
    if (name == form_.id_column && id_ == kNone) id_ = i;
    // The id is a field of that name, whatever its column is called.
    const std::string& field = i == id_ ? kId : name;
    if (!names.insert(field).second) return invalid("bad_csv", "the heading has two columns for '" + field + "'");
    if (i != id_ && form_.refuse_reserved && is_reserved_member(json::escape_key(name)))
      return invalid("bad_csv", "the heading has a column '" + name +
                                    "', which no field can be called; rename it or leave it out");
    return {};
  }

  std::string id_of(const std::string& cell) const {
    const Result<std::string> value = form_.cells == Cells::exact ? json::canonicalize(cell) : Error{};
    return value.ok() && json::is_string(*value) ? json::unquote(*value) : cell;
  }

  std::string value_of(const std::string& cell) const {
    if (form_.cells == Cells::text) return json::quote(cell);
    const Result<std::string> value = json::canonicalize(cell);
    if (!value.ok()) return json::quote(cell);
    const bool plain = !json::is_object(*value) && !json::is_array(*value) && !json::is_string(*value);
    return plain || form_.cells == Cells::exact ? *value : json::quote(cell);
  }

  inline static const std::string kId = "id";
  Lines& lines_;
  const CsvForm form_;
  std::vector<std::string> heading_;
  std::size_t id_ = kNone;
};

class NdjsonRows : public RowReader {
 public:
  explicit NdjsonRows(Lines& lines) : lines_(lines) {}

  Result<std::optional<std::string>> next() override {
    while (true) {
      CHOREO_ASSIGN(const std::optional<std::string> line, lines_.next());
      if (!line) return std::optional<std::string>();
      if (line->find_first_not_of(" \t") == std::string::npos) continue;
      Result<std::string> object = json::canonicalize(*line);
      if (object.ok() && json::is_object(*object)) return std::optional(std::move(*object));
      return invalid("bad_json", "line " + std::to_string(lines_.number()) + ": " +
                                     (object.ok() ? "a row is a JSON object" : object.error().message));
    }
  }

 private:
  Lines& lines_;
};

class JsonRows : public RowReader {
 public:
  explicit JsonRows(std::vector<std::string> rows) : rows_(std::move(rows)) {}
  Result<std::optional<std::string>> next() override {
    if (at_ == rows_.size()) return std::optional<std::string>();
    return std::optional(std::move(rows_[at_++]));
  }

 private:
  std::vector<std::string> rows_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Cells> cells_of(const Arguments& arguments) {
  if (arguments.has("typed") && arguments.has("exact")) return bad_usage("--typed and --exact exclude each other");
  return arguments.has("exact") ? Cells::exact : arguments.has("typed") ? Cells::typed : Cells::text;
}

std::unique_ptr<RowReader> csv_rows(Lines& lines, CsvForm form) {
  return std::make_unique<CsvRows>(lines, std::move(form));
}

std::unique_ptr<RowReader> ndjson_rows(Lines& lines) {
  return std::make_unique<NdjsonRows>(lines);
}

Result<std::unique_ptr<RowReader>> json_rows(const std::string& path) {
  CHOREO_ASSIGN(const std::string text, read_all(path));
  const std::string name = path == "-" ? "standard input" : path;
  const Result<std::string> value = json::canonicalize(text);
  if (!value.ok()) return invalid("bad_json", name + ": " + value.error().message);
  std::optional<std::string_view> list;
  if (json::is_array(*value)) list = *value;
  for (const char* member : {"rows", "entities"})
    if (!list && json::is_object(*value)) list = json::find(*value, member);
  if (!list || !json::is_array(*list))
    return invalid("bad_json", name + " has no list of rows: a JSON array, or one under \"rows\" or \"entities\"");
  std::vector<std::string> rows;
  for (const std::string_view each : json::elements(*list)) {
    if (!json::is_object(each))
      return invalid("bad_json", name + ": row " + std::to_string(rows.size() + 1) + " is no JSON object");
    rows.emplace_back(each);
  }
  return std::unique_ptr<RowReader>(std::make_unique<JsonRows>(std::move(rows)));
}

std::string exact_cell(std::string_view value) {
  if (!json::is_string(value)) return std::string(value);
  std::string text = json::unquote(value);
  return text.empty() || is_json(text) ? std::string(value) : text;
}

std::string exact_heading(const std::string& name) {
  return name.empty() || name.starts_with('"') ? json::quote(name) : name;
}

}  // namespace choreo::ctl
