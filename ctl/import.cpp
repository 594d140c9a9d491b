// choreoctl import: operations, or the rows of a table, into an instance; again from the same file where it was cut
// off.

#include <algorithm>
#include <charconv>

#include "base/digest.h"
#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/input.h"
#include "ctl/rows.h"
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
    "its place and its text, so that what the log has is not appended twice. Batches are committed as a whole. A file "
    "that\n"
    "changes and comes again, such as a list of products, is for `choreoctl ingest`. A file of which nothing could be\n"
    "taken is an error.\n\n"
    "Operations that others generated (context.generated_by) are left out, since those generate them again;\n"
    "--with-generated takes them too.";

// The same for the same place and text: a UUID of version 8 (RFC 9562).
Result<std::string> guid_of(const std::string& slug, std::int64_t number, const std::string& text) {
  const std::string name = slug + "\n" + std::to_string(number) + "\n" + text;
  CHOREO_ASSIGN(Sha256 digest, sha256(name));
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x80);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
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
    CHOREO_ASSIGN(const std::string guid, guid_of(slug_, lines_.number(), *object));
    return std::optional(with_guid(*object, guid));
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
  CsvSource(Lines& lines, std::string slug, const std::string& table, CsvForm form)
      : lines_(lines), slug_(std::move(slug)), rows_(csv_rows(lines, std::move(form))) {
    after_ = ",\"context\":{\"table\":" + json::quote(table) + "}}";
  }

  Result<std::optional<std::string>> next() override {
    CHOREO_ASSIGN(const std::optional<std::string> row, rows_->next());
    if (!row) return std::optional<std::string>();
    const std::string object = "{\"op\":\"INS\",\"target\":" + *row + after_;
    CHOREO_ASSIGN(const std::string guid, guid_of(slug_, lines_.number(), object));
    return std::optional(NdjsonSource::with_guid(object, guid));
  }

 private:
  Lines& lines_;
  const std::string slug_;
  const std::unique_ptr<RowReader> rows_;
  std::string after_;
};

class Import {
 public:
  Import(Context& context, std::string slug, std::size_t batch)
      : context_(context), slug_(std::move(slug)), batch_(batch), progress_("importing") {}

  Status run(Lines& lines, Source& source) {
    Status status = send_all(lines, source);
    progress_.end();
    if (!status.ok() && sent_ > 0)
      status.error().message +=
          " (" + std::to_string(sent_) + " operations are in the log; the same command goes on after them)";
    if (status.ok() && sent_ == 0)
      return invalid("nothing_taken", lines.path() + " has nothing that could be taken: " +
                                          (left_out_ == 0 ? "there is no operation and no row in it"
                                                          : std::to_string(left_out_) +
                                                                " lines were left out, which are empty, or were "
                                                                "generated by others (--with-generated takes those)"));
    return status;
  }

  std::int64_t sent() const { return sent_; }  // taken from the file, and in the log now
  std::int64_t appended() const { return appended_; }
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
    const auto count = static_cast<std::int64_t>(in_batch_.size());
    const std::string appended = text_of(*answer, "appended");
    std::int64_t number = count;
    std::from_chars(appended.data(), appended.data() + appended.size(), number);
    appended_ += std::clamp<std::int64_t>(number, 0, count);
    sent_ += count;
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
  std::int64_t appended_ = 0;
  std::int64_t left_out_ = 0;
};

void say(const Context& context, const std::string& slug, const Import& import, bool csv) {
  const std::int64_t known = import.sent() - import.appended();
  if (context.json())
    return print_line("{\"instance\":" + json::quote(slug) + ",\"imported\":" + std::to_string(import.sent()) +
                      ",\"appended\":" + std::to_string(import.appended()) + ",\"already_there\":" +
                      std::to_string(known) + ",\"left_out\":" + std::to_string(import.left_out()) + "}");
  print_line(slug + ": " + std::to_string(import.appended()) + " operations appended, " + std::to_string(known) +
             " were there already, " + std::to_string(import.left_out()) + " lines left out");
  if (csv && known > 0)
    note(
        "rows that were imported before change nothing, also where the table has changed since; for a list that comes "
        "again and again: choreoctl ingest");
}

Result<int> run_import(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  CHOREO_ASSIGN(const std::int64_t batch, arguments.number("batch", 1000, 1, 100'000));
  const bool csv = arguments.has("csv");
  if (csv != arguments.has("table")) return bad_usage("--csv needs --table, and --table is only for --csv");
  CHOREO_ASSIGN(const Cells cells, cells_of(arguments));
  CHOREO_ASSIGN(Lines lines, Lines::open(arguments.positional.size() > 1 ? arguments.positional[1] : "-"));
  NdjsonSource operations(lines, slug, arguments.has("with-generated"));
  CsvSource rows(lines, slug, arguments.value_or("table", ""), {arguments.value_or("id", "id"), cells});
  Import import(context, slug, static_cast<std::size_t>(batch));
  CHOREO_TRY(import.run(lines, csv ? static_cast<Source&>(rows) : operations));
  say(context, slug, import, csv);
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
                        {"exact", "", "of CSV: cells are as export --exact writes them"},
                        {"batch", "N", "operations in a transaction (1000)"},
                        {"with-generated", "", "also operations that others generated"}},
                       1,
                       2,
                       &run_import});

}  // namespace
}  // namespace choreo::ctl
