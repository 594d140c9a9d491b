// The one way in, and pages of the log (SPEC 2 and 5).
#include <algorithm>
#include <charconv>

#include "base/ids.h"
#include "fcgi/app.h"
#include "fcgi/append_answer.h"
#include "fcgi/query.h"
#include "fcgi/watched_append.h"
#include "operation/wire_forms.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kPageBytes = 8u << 20;  // a page ends early rather than grow beyond this

// "<epoch>-<n>" as the ETag of an entity is, or n alone, whose reader takes the risk of another epoch. Both may stand
// without quotes.
Status read_if_match(const Request& request, append::Request& append) {
  const auto given = request.given("HTTP_IF_MATCH");
  if (!given) return {};
  std::string_view text = *given;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos && is_epoch(text.substr(0, dash))) {
    append.if_match_epoch = text.substr(0, dash);
    text.remove_prefix(dash + 1);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-'))
    return invalid("bad_if_match",
                   "If-Match must be the entity's ETag, or its last operation, e.g. \"48\", or \"0\" for one that must "
                   "not exist",
                   "If-Match");
  append.if_match = value;
  return {};
}

Result<std::string> idempotency_key_of(const Request& request) {
  const auto given = request.given("HTTP_IDEMPOTENCY_KEY");
  const std::string_view key = given.value_or("");
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if ((given && key.empty()) || key.size() > kMaxIdempotencyKeyBytes || !printable)
    return invalid(
        "bad_idempotency_key",
        "Idempotency-Key must be 1 to " + std::to_string(kMaxIdempotencyKeyBytes) + " characters of printable ASCII",
        "Idempotency-Key");
  return std::string(key);
}

// Header Choreo-Strict: a warning refuses the operation.
Result<bool> strict_of(const Request& request) {
  const auto strict = request.given("HTTP_CHOREO_STRICT");
  if (!strict || *strict == "false") return false;
  if (*strict == "true") return true;
  return invalid("bad_strict", "Choreo-Strict must be true or false", "Choreo-Strict");
}

Result<append::Request> append_request(const Request& request) {
  CHOREO_ASSIGN(const std::string body, request.body());
  append::Request append;
  CHOREO_ASSIGN(append.draft, parse_operation(body));
  CHOREO_ASSIGN(append.idempotency_key, idempotency_key_of(request));
  CHOREO_TRY(read_if_match(request, append));
  CHOREO_ASSIGN(append.strict, strict_of(request));
  append.warns = true;
  append.trace_id = request.given_trace_id;
  append.dry_run = http::flag_parameter(request.target, "dry_run");
  return append;
}

Result<Response> post(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  CHOREO_ASSIGN(append::Request append, append_request(request));
  if (is_query(append.draft)) return answer_query(app, slug, std::move(append));
  const bool watched = http::flag_parameter(request.target, "progress");
  if (watched)
    return watched_append(app, slug, std::move(append), {"POST", "/" + slug + "/operations", request.trace_id});
  const bool dry_run = append.dry_run;
  CHOREO_ASSIGN(const append::Answer answer, app.appender.append(slug, std::move(append)));
  return json_response(answer_json(answer, dry_run));
}

// An operation on its way to the disk.
class Post : public append::Task, public Deferred {
 public:
  Post(Ticket ticket, std::string slug, append::Request asked) : Deferred(std::move(ticket)), slug_(std::move(slug)) {
    request = std::move(asked);
  }
  void finished() override { Deferred::deliver(std::unique_ptr<Deferred>(this)); }
  Response response() override {
    if (result->ok()) return json_response(answer_json(**result, request.dry_run));
    return refuse({"POST", "/" + slug_ + "/operations", asker().trace_id}, result->error());
  }

 private:
  std::string slug_;
};

Result<std::optional<Response>> start_post(App& app, const Request& request, Ticket& ticket) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  CHOREO_ASSIGN(append::Request append, append_request(request));
  const bool watched = http::flag_parameter(request.target, "progress");
  if (watched || is_query(append.draft)) return std::optional<Response>();  // it blocks
  auto* const post = new Post(std::move(ticket), slug, std::move(append));  // its own from submit() on
  Status submitted = app.appender.submit(slug, *post);
  if (submitted.ok()) return std::optional<Response>();
  ticket = post->give_back();
  delete post;
  return std::move(submitted).error();
}

Result<Response> page(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  const std::int64_t after = http::integer_parameter(request.target, "after").value_or(0);
  const std::int64_t limit = http::integer_parameter(request.target, "limit").value_or(kDefaultPageSize);
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  // The head first: what is appended between the two reads is then in the page, and never missing below the head.
  CHOREO_ASSIGN(const log::Head head, reader->head());
  CHOREO_ASSIGN(const std::vector<Operation> operations, reader->page(after, static_cast<int>(limit), kPageBytes));
  std::string body = "{\"count\":" + std::to_string(operations.size()) + ",\"operations\":[";
  for (const Operation& operation : operations) {
    if (body.back() != '[') body += ',';
    append_json(body, operation);
  }
  const std::int64_t last = operations.empty() ? head.last_id : std::max(head.last_id, operations.back().id);
  Response response = json_response(body + "],\"head\":" + std::to_string(last) + "}");
  response.headers = {{"X-Choreo-Epoch", head.epoch}, {"X-Choreo-Head", std::to_string(last)}};
  return response;
}

}  // namespace

void add_operation_routes(Router& router, App& app) {
  router.add(
      "POST", "/{}/operations", [&app](Request& request) { return post(app, request); },
      [&app](Request& request, Ticket& ticket) { return start_post(app, request, ticket); });
  router.add("GET", "/{}/operations", [&app](Request& request) { return page(app, request); });
}

}  // namespace choreo::fcgi
