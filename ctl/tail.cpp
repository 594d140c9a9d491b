// choreoctl tail: an instance's operations as they are appended. It connects again by itself, from where it was.
#include <algorithm>

#include "base/sleep.h"
#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/operation_line.h"
#include "ctl/sse.h"
#include "json/canonical.h"
#include "json/scan.h"

namespace choreo::ctl {
namespace {

constexpr long kSilenceMs = 60'000;  // the server says something every 15 s
constexpr long kMaxWaitMs = 10'000;

constexpr const char* kDetails =
    "Prints each operation once, in order, as a line: id, time, operator, table and id of the entity; with --json the\n"
    "operation. A connection that breaks is made again, from the last operation that was printed. Ends when the\n"
    "instance is deleted.";

bool is_stream(const Response& response) {
  const auto type = response.headers.find("content-type");
  return response.status / 100 != 2 ||
         (type != response.headers.end() && type->second.starts_with("text/event-stream"));
}

Error no_stream() {
  return make_error(ErrorKind::unavailable, "bad_answer",
                    "the answer is no stream; is this address a Choreo server's?");
}

class Tail {
 public:
  Tail(Context& context, const Arguments& arguments, std::int64_t count)
      : context_(context),
        arguments_(arguments),
        left_(count),
        reader_([this](const Event& event) { return on(event); }) {}

  Result<int> run() {
    bool connected = false;
    while (!ended_) {
      reader_.start();
      Request request{.path = path(), .headers = {"Accept: text/event-stream"}};
      request.on_data = [&](std::string_view piece) { return connected = true, reader_.take(piece); };
      // Without it, `tail | head -1` would wait for one more operation.
      request.go_on = [] { return !output_is_closed(); };
      request.timeout_ms = 0;
      request.silence_ms = kSilenceMs;
      const Result<Response> response = context_.http().send(request);
      if (ended_) break;
      if (!reader_.wrong().empty()) return make_error(ErrorKind::unavailable, "bad_answer", reader_.wrong());
      CHOREO_TRY(check_output());
      if (response.ok() && response->status / 100 != 2) {
        const bool passing = response->status == 502 || response->status == 503 || response->status == 504;
        if (!connected || !passing) return error_of(*response);
      }
      if (!response.ok() && !connected) return response.error();
      if (response.ok() && !is_stream(*response)) return no_stream();
      note("the stream ended; connecting again");
      sleep_ms(std::min(reader_.retry_ms(), kMaxWaitMs));
    }
    if (!gone_) return kDone;
    return make_error(ErrorKind::gone, "instance_gone", "the instance was deleted");
  }

 private:
  std::string path() const {
    std::string query;
    const auto add = [&](const std::string& name, const std::string& value) {
      query += (query.empty() ? "?" : "&") + name + "=" + encoded(value);
    };
    for (const char* name : {"op", "table", "entity", "trace"})
      if (const auto value = arguments_.value(name)) add(name, *value);
    if (!last_id_.empty()) {
      add("last_id", last_id_);
      if (!reader_.epoch().empty()) add("epoch", reader_.epoch());
    } else if (const auto tail = arguments_.value("last")) {
      add("tail", *tail);
    } else {
      add("last_id", arguments_.value_or("after", "latest"));
    }
    return "/" + encoded(arguments_.positional[0]) + "/stream" + query;
  }

  bool on(const Event& event) {
    if (event.name == "reset") {
      note("the log is another one than before; it follows from its beginning");
      last_id_.clear();
      return true;
    }
    if (!event.id.empty()) last_id_ = event.id;
    if (event.name == "gone") gone_ = ended_ = true;
    if (event.name != "op") return !ended_;
    const Result<std::string> operation = json::canonicalize(event.data);
    if (!operation.ok() || !json::is_object(*operation)) return true;  // of no server that we know
    print_line(context_.json() ? event.data : operation_line(*operation));
    if (left_ > 0 && --left_ == 0) ended_ = true;
    return flush_output().ok() && !ended_;
  }

  Context& context_;
  const Arguments& arguments_;
  std::int64_t left_;  // 0: without end
  EventReader reader_;
  std::string last_id_;
  bool ended_ = false;
  bool gone_ = false;
};

Result<int> run_tail(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const std::int64_t count, arguments.number("count", 0, 1, INT64_MAX));
  if (arguments.has("last") && arguments.has("after")) return bad_usage("--last and --after exclude each other");
  return Tail(context, arguments, count).run();
}

const Register tail({"tail",
                     "SLUG",
                     "Follows an instance's operations",
                     kDetails,
                     {{"after", "ID", "begin with what follows this operation; 0: with the first (only new ones)"},
                      {"last", "N", "begin with the last N"},
                      {"op", "OPS", "only these operators: ALT,NUL"},
                      {"table", "TABLE", "only of this table"},
                      {"entity", "ID", "only about this id"},
                      {"trace", "ID", "only of this trace"},
                      {"count", "N", "end after N operations"}},
                     1,
                     1,
                     &run_tail});

}  // namespace
}  // namespace choreo::ctl
