// Rows of a table from a file: CSV under a heading, JSON objects a line each, or a JSON array of them.
// Thread-safety: one thread. Ownership: the lines outlive the reader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ctl/command.h"
#include "ctl/input.h"

namespace choreo::ctl {

// What a cell of CSV is. text: its text. typed: a number, true, false or null where it is one in JSON, else text.
// exact: as `export --exact` writes it, any JSON where it is JSON, else text. An empty cell is no field.
enum class Cells { text, typed, exact };

// By --typed or --exact.
Result<Cells> cells_of(const Arguments& arguments);

struct CsvForm {
  std::string id_column;  // "" where no column need be the id's; its values become the member "id"
  Cells cells = Cells::text;
  bool empty_is_null = false;   // else an empty cell is no field
  bool refuse_reserved = true;  // columns that no field can be called; else they are taken as they are
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  // The next row as a canonical JSON object, its id first where it has one; nothing at the end.
  virtual Result<std::optional<std::string>> next() = 0;
};

// Errors: invalid/bad_csv, bad_utf8, bad_id with the line.
std::unique_ptr<RowReader> csv_rows(Lines& lines, CsvForm form);
// A JSON object on each line; empty lines are passed over. Error invalid/bad_json with the line.
std::unique_ptr<RowReader> ndjson_rows(Lines& lines);
// An array of objects, also under "rows" or "entities" of an object.
Result<std::unique_ptr<RowReader>> json_rows(const std::string& path);

// A cell that Cells::exact reads as this JSON value again; of a heading, for this name.
std::string exact_cell(std::string_view value);
std::string exact_heading(const std::string& name);

}  // namespace choreo::ctl
