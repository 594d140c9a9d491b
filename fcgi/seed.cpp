// Many operations in one transaction: POST /instances/{slug}/seed, and the demo (SPEC 5).
#include <mutex>

#include "base/ids.h"
#include "fcgi/app.h"
#include "fcgi/demo.h"
#include "fcgi/ndjson.h"
#include "http/body.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/wire_forms.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

using Drafts = std::function<Result<std::optional<Draft>>()>;

// Nobody else's slug can hold a dot, so this lock is only the demo's.
constexpr const char* kDemoLock = "demo.seed";

// The body and its array around the operations: what may be appended by itself may be seeded.
constexpr std::size_t kSeedLevels = 2;

Result<std::optional<Draft>> draft_of(Result<Draft> draft) {
  if (!draft.ok()) return std::move(draft).error();
  return std::optional(std::move(*draft));
}

Result<std::optional<Draft>> draft_of_line(std::string_view line) {
  CHOREO_ASSIGN(const std::string object, json::canonicalize(line));
  return draft_of(parse_canonical_operation(object));
}

Result<Response> seed(App& app, const std::string& slug, const Drafts& next, const Request& request) {
  CHOREO_ASSIGN(const std::int64_t appended, app.appender.seed(slug, next, request.given_trace_id));
  service::log_info("seeded", {{"instance", slug}, {"operations", appended}, {"trace_id", request.trace_id}});
  return json_response("{\"appended\":" + std::to_string(appended) + "}");
}

Result<Response> seed_lines(App& app, const std::string& slug, const Request& request) {
  CHOREO_TRY(request.check_body_headers());
  LineReader lines(*request.input, request.max_body_bytes);
  bool first = true;
  const Drafts next = [&]() -> Result<std::optional<Draft>> {
    CHOREO_ASSIGN(std::optional<std::string> line, lines.next());
    if (line && std::exchange(first, false)) {
      CHOREO_ASSIGN(const std::string_view text, http::json_text(*line));
      *line = std::string(text);
      if (is_blank(*line)) {
        CHOREO_ASSIGN(line, lines.next());
      }
    }
    if (!line) return std::optional<Draft>();
    return draft_of_line(*line);
  };
  return seed(app, slug, next, request);
}

Result<Response> seed_json(App& app, const std::string& slug, Request& request) {
  request.max_body_bytes = static_cast<std::size_t>(app.options.max_seed_bytes);
  CHOREO_ASSIGN(const std::string body, request.json_object(kMaxJsonDepth + kSeedLevels));
  const auto operations = json::find(body, "operations");
  if (!operations || !json::is_array(*operations))
    return invalid("bad_operations", "the body needs \"operations\", an array of operations", "operations");
  const json::Elements elements(*operations);
  auto element = elements.begin();
  const Drafts next = [&]() -> Result<std::optional<Draft>> {
    if (element == elements.end()) return std::optional<Draft>();
    Result<std::optional<Draft>> draft = draft_of(parse_canonical_operation(*element));
    ++element;
    return draft;
  };
  return seed(app, slug, next, request);
}

Result<Response> seed_instance(App& app, Request& request) {
  const std::string& slug = request.segment(1);
  CHOREO_TRY(check_slug(slug));
  return http::is_json_lines(request.header("CONTENT_TYPE")) ? seed_lines(app, slug, request)
                                                             : seed_json(app, slug, request);
}

Result<Response> seed_demo(App& app, const Request& request) {
  CHOREO_TRY(request.optional_object());
  // Two at once would seed it twice.
  CHOREO_ASSIGN(const log::InstanceLock lock, log::InstanceLock::acquire(app.instances, kDemoLock));
  const Status removed = app.instances.remove(kDemoInstance);
  if (!removed.ok() && removed.error().kind != ErrorKind::not_found) return removed.error();
  std::string_view rest = demo_operations();
  const Drafts next = [&]() -> Result<std::optional<Draft>> {
    while (rest.starts_with('\n')) rest.remove_prefix(1);
    if (rest.empty()) return std::optional<Draft>();
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size());
    return draft_of_line(line);
  };
  CHOREO_ASSIGN(const std::int64_t appended, app.appender.seed(kDemoInstance, next, request.given_trace_id));
  (void)appended;
  CHOREO_ASSIGN(auto reader, app.readers.lease(kDemoInstance));
  CHOREO_ASSIGN(const log::Head head, reader->head());
  return json_response("{\"instance\":\"demo\",\"operations\":" + std::to_string(head.last_id) + ",\"seeded\":true}");
}

}  // namespace

void add_seed_routes(Router& router, App& app) {
  router.add("POST", "/demo/seed", [&app](Request& request) { return seed_demo(app, request); });
  router.add("POST", "/instances/{}/seed", [&app](Request& request) { return seed_instance(app, request); });
}

}  // namespace choreo::fcgi
