// choreoctl import: operations, or the rows of a table, into an instance; again from the same file where it was cut
// off.
#include <openssl/sha.h>

#include <set>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/csv.h"
#include "ctl/exit_codes.h"
#include "ctl/input.h"
#include "json/canonical.h"
#include "json/object.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

constexpr std::size_t kMaxBatchBytes = 8u << 20;

constexpr const char* kDetails =
    "FILE (or standard input, -) has an operation on each line, as `export` and `log dump` write them; their times "
    "and\n"
    "guids are kept. With --csv it has a row on each line under a heading, and each becomes an INS into --table.\n\n"
    "It may be interrupted and started again with the same file: an operation without a guid gets one that is made of\n"
    "its place and its text, so that what the log has is not appended twice. Batches are committed as a whole.\n\n"
    "Operations that others generated (context.generated_by) are left out, since those generate them again;\n"
    "--with-generated takes them too.";

// The same for the same place and text: a UUID of version 8 (RFC 9562).
std::string guid_of(const std::string& slug, std::int64_t number, const std::string& text) {
  const std::string name = slug + "\n" + std::to_string(number) + "\n" + text;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x80);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

// What the file's next operation is; nothing at its end. An empty text: one that is left out.
class Source {
 public:
  virtual ~Source() = default;
  virtual Result<std::optional<std::string>> next() = 0;
};

class NdjsonSource : public Source {
 public:
  NdjsonSource(Lines& lines, std::string slug, bool with_generated)
      : lines_(lines), slug_(std::move(slug)), with_generated_(with_generated) {}

  Result<std::optional<std::string>> next() override {
    CHOREO_ASSIGN(const std::optional<std::string> line, lines_.next());
    if (!line) return std::optional<std::string>();
    if (line->find_first_not_of(" \t\r") == std::string::npos) return std::optional(std::string());
    const Result<std::string> object = json::canonicalize(*line);
    if (!object.ok() || !json::is_object(*object))
      return invalid("bad_json", "line " + std::to_string(lines_.number()) + ": " +
                                     (object.ok() ? "an operation is a JSON object" : object.error().message));
    const auto context = json::find(*object, "context");
    if (!with_generated_ && context && json::is_object(*context) && json::find(*context, "generated_by"))
      return std::optional(std::string());
    if (json::find(*object, "guid")) return std::optional(*object);
    return std::optional(with_guid(*object, guid_of(slug_, lines_.number(), *object)));
  }

  static std::string with_guid(const std::string& object, const std::string& guid) {
    const std::string rest = json::is_empty_object(object) ? "}" : "," + object.substr(1);
    return "{\"guid\":\"" + guid + "\"" + rest;
  }

 private:
  Lines& lines_;
  const std::string slug_;
  const bool with_generated_;
};

class CsvSource : public Source {
 public:
  CsvSource(Lines& lines, std::string slug, std::string table, std::string id_column, bool typed)
      : lines_(lines),
        slug_(std::move(slug)),
        table_(std::move(table)),
        id_column_(std::move(id_column)),
        typed_(typed) {}

  Result<std::optional<std::string>> next() override {
    if (heading_.empty()) CHOREO_TRY(read_heading());
    CHOREO_ASSIGN(const auto record, next_record(lines_));
    if (!record) return std::optional<std::string>();
    const std::string where = "line " + std::to_string(lines_.number()) + ": ";
    if (record->size() != heading_.size())
      return invalid("bad_csv", where + std::to_string(record->size()) + " cells under a heading of " +
                                    std::to_string(heading_.size()));
    std::string target = "{\"id\":";
    std::string fields;
    for (std::size_t i = 0; i < record->size(); ++i) {
      const std::string& cell = (*record)[i];
      if (!json::is_utf8(cell)) return invalid("bad_utf8", where + "column '" + heading_[i] + "' is not UTF-8");
      if (i == id_) {
        if (cell.empty()) return invalid("bad_id", where + "column '" + heading_[i] + "' is empty");
        target += json::quote(cell);
      } else if (!cell.empty()) {
        fields += "," + json::quote(heading_[i]) + ":" + value_of(cell);
      }
    }
    const std::string object =
        "{\"op\":\"INS\",\"target\":" + target + fields + "},\"context\":{\"table\":" + json::quote(table_) + "}}";
    return std::optional(NdjsonSource::with_guid(object, guid_of(slug_, lines_.number(), object)));
  }

 private:
  Status read_heading() {
    CHOREO_ASSIGN(auto record, next_record(lines_));
    if (!record) return invalid("bad_csv", "there is no heading");
    heading_ = std::move(*record);
    for (id_ = 0; id_ < heading_.size() && heading_[id_] != id_column_; ++id_) continue;
    if (id_ == heading_.size())
      return invalid("bad_csv", "the heading has no column '" + id_column_ + "'; --id names it");
    std::set<std::string> names;
    for (std::size_t i = 0; i < heading_.size(); ++i) {
      if (heading_[i].empty() || !json::is_utf8(heading_[i]))
        return invalid("bad_csv", "a column has no name, or one that is not UTF-8");
      // The id is a field of that name, whatever its column is called.
      if (!names.insert(i == id_ ? "id" : heading_[i]).second)
        return invalid("bad_csv", "the heading has two columns for '" + (i == id_ ? "id" : heading_[i]) + "'");
    }
    return {};
  }

  std::string value_of(const std::string& cell) const {
    if (!typed_) return json::quote(cell);
    const Result<std::string> value = json::canonicalize(cell);
    const bool plain = value.ok() && !json::is_object(*value) && !json::is_array(*value) && !json::is_string(*value);
    return plain ? *value : json::quote(cell);
  }

  Lines& lines_;
  const std::string slug_, table_, id_column_;
  const bool typed_;
  std::vector<std::string> heading_;
  std::size_t id_ = 0;
};

class Import {
 public:
  Import(Context& context, std::string slug, std::size_t batch)
      : context_(context), slug_(std::move(slug)), batch_(batch), progress_("importing") {}

  Status run(Lines& lines, Source& source) {
    Status status = send_all(lines, source);
    if (!status.ok() && sent_ > 0)
      status.error().message +=
          " (" + std::to_string(sent_) + " operations are in the log; the same command goes on after them)";
    return status;
  }

  std::int64_t sent() const { return sent_; }
  std::int64_t left_out() const { return left_out_; }

 private:
  Status send_all(Lines& lines, Source& source) {
    while (true) {
      CHOREO_ASSIGN(const std::optional<std::string> operation, source.next());
      if (operation && operation->empty()) {
        ++left_out_;
        continue;
      }
      if (operation) {
        body_ += *operation + "\n";
        in_batch_.push_back(lines.number());
      }
      if (!operation || in_batch_.size() == batch_ || body_.size() >= kMaxBatchBytes) CHOREO_TRY(send());
      progress_.show(lines.bytes_read(), lines.size(), sent_);
      if (!operation) return {};
    }
  }

  Status send() {
    if (in_batch_.empty()) return {};
    const Result<std::string> answer = context_.http().json({.method = "POST",
                                                             .path = "/instances/" + encoded(slug_) + "/seed",
                                                             .body = body_,
                                                             .content_type = "application/x-ndjson",
                                                             .timeout_ms = 0});
    if (!answer.ok()) {
      Error error = answer.error();
      const bool known = error.index && *error.index < in_batch_.size();
      error.message = (known ? "line " + std::to_string(in_batch_[*error.index])
                             : "the batch that begins with line " + std::to_string(in_batch_[0])) +
                      ": " + error.message;
      return error;
    }
    sent_ += static_cast<std::int64_t>(in_batch_.size());
    body_.clear();
    in_batch_.clear();
    return {};
  }

  Context& context_;
  const std::string slug_;
  const std::size_t batch_;
  Progress progress_;
  std::string body_;
  std::vector<std::int64_t> in_batch_;  // where each of its operations ends in the file
  std::int64_t sent_ = 0;
  std::int64_t left_out_ = 0;
};

Result<int> run_import(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  CHOREO_ASSIGN(const std::int64_t batch, arguments.number("batch", 1000, 1, 100'000));
  const bool csv = arguments.has("csv");
  if (csv != arguments.has("table")) return bad_usage("--csv needs --table, and --table is only for --csv");
  CHOREO_ASSIGN(Lines lines, Lines::open(arguments.positional.size() > 1 ? arguments.positional[1] : "-"));
  NdjsonSource operations(lines, slug, arguments.has("with-generated"));
  CsvSource rows(lines, slug, arguments.value_or("table", ""), arguments.value_or("id", "id"), arguments.has("typed"));
  Import import(context, slug, static_cast<std::size_t>(batch));
  CHOREO_TRY(import.run(lines, csv ? static_cast<Source&>(rows) : operations));
  print_line(context.json() ? "{\"instance\":" + json::quote(slug) + ",\"imported\":" + std::to_string(import.sent()) +
                                  ",\"left_out\":" + std::to_string(import.left_out()) + "}"
                            : slug + ": " + std::to_string(import.sent()) + " operations, " +
                                  std::to_string(import.left_out()) + " lines left out");
  return kDone;
}

const Register import({"import",
                       "SLUG [FILE|-]",
                       "Appends the operations or rows of a file; may be repeated where it was cut off",
                       kDetails,
                       {{"csv", "", "the file is CSV with a heading"},
                        {"table", "TABLE", "of CSV: where the rows go"},
                        {"id", "COLUMN", "of CSV: the column of the ids (id)"},
                        {"typed", "", "of CSV: numbers, true, false and null are those, not texts"},
                        {"batch", "N", "operations in a transaction (1000)"},
                        {"with-generated", "", "also operations that others generated"}},
                       1,
                       2,
                       &run_import});

}  // namespace
}  // namespace choreo::ctl
