// The projected state: a table, one entity (SPEC 5).
#include <memory>

#include "base/text.h"
#include "fcgi/app.h"
#include "fcgi/entity_json.h"
#include "fcgi/query.h"
#include "fcgi/quick_reads.h"
#include "json/object.h"
#include "json/string.h"
#include "log/past_view.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kLargePieceBytes = 256 * 1024;  // of rows so large that their pages are not kept in memory
constexpr int kFewPieces = 16;                        // of a table whose pages are worth keeping in memory
constexpr std::size_t kFlushBytes = 64 * 1024;        // a streamed table leaves in pieces of about this size

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  // Whether it is weak does not matter for a GET (RFC 9110, 13.1.2).
  return if_none_match.find(etag) != std::string_view::npos;
}

Response not_modified(const std::string& etag) {
  Response response;
  response.status = 304;
  response.headers = {{"ETag", etag}};
  return response;
}

// The epoch stands in it because a log that is made again counts from 1 too.
std::string etag_of(const std::string& epoch, std::int64_t last_op) {
  return "\"" + epoch + "-" + std::to_string(last_op) + "\"";
}

std::string table_head(const log::TableSummary& table, std::int64_t count) {
  return "{\"type\":\"state\",\"table\":" + json::quote(table.name) + ",\"count\":" + std::to_string(count) +
         ",\"entities\":[";
}

void add_position(Response& response, const std::string& epoch, std::int64_t head) {
  response.headers.emplace_back("X-Choreo-Epoch", epoch);
  response.headers.emplace_back("X-Choreo-Head", std::to_string(head));
}

Result<Response> table_page(log::ReaderPool::Lease& reader, const Request& request, const std::string& table) {
  const std::int64_t limit = http::integer_parameter(request.target, "limit").value_or(kDefaultPageSize);
  const std::string cursor = request.target.parameter("cursor").value_or("");
  // One more than is shown tells whether others follow.
  CHOREO_ASSIGN(auto page, reader->entities(table, cursor, static_cast<int>(limit) + 1));
  const bool more = page.entities.size() > static_cast<std::size_t>(limit);
  if (more) page.entities.pop_back();
  const std::string etag = etag_of(page.epoch, page.table.last_op);
  if (matches_etag(request.header("HTTP_IF_NONE_MATCH"), etag)) return not_modified(etag);
  std::string body = table_head(page.table, static_cast<std::int64_t>(page.entities.size()));
  for (const log::Entity& entity : page.entities) {
    if (body.back() != '[') body += ',';
    append_entity(body, entity.id, "", entity.data);
  }
  body += ']';
  if (more)
    body += ",\"next_cursor\":" + json::quote(page.entities.back().id) +
            ",\"total\":" + std::to_string(page.table.entities);
  Response response = json_response(body + "}");
  response.headers.emplace_back("ETag", etag);
  add_position(response, page.epoch, page.head);
  return response;
}

// The rows of a table that is open in a reader, which stays so for as long as they are sent.
class TableBody : public server::Body {
 public:
  TableBody(log::ReaderPool::Lease lease, log::TableSummary table)
      : lease_(std::move(lease)), table_(std::move(table)) {}
  ~TableBody() override {
    lease_->close_table();
    if (rested_ || pieces_ > kFewPieces) lease_->rest({});  // many such readers may be kept, each with its pages
  }

  Result<bool> next(std::string& out) override {
    ++pieces_;
    if (!begun_) out += table_head(table_, table_.entities);
    while (out.size() < kFlushBytes) {
      CHOREO_ASSIGN(const bool more, lease_->next_row(row_));
      if (!more) {
        out += "]}";
        return false;
      }
      if (std::exchange(begun_, true)) out += ',';
      append_entity(out, row_.id, "", row_.data);
    }
    if (out.size() >= kLargePieceBytes) rest();
    return true;
  }
  void paused() override { rest(); }

 private:
  void rest() {
    rested_ = true;
    row_.data = std::string();
    lease_->rest(row_.id);
  }

  log::ReaderPool::Lease lease_;
  const log::TableSummary table_;
  log::Entity row_;
  bool begun_ = false;  // a row was given
  bool rested_ = false;
  int pieces_ = 0;
};

// The moment that ?at= and ?at_op= name; nothing where neither is given.
std::optional<log::Moment> moment_of(const Request& request) {
  log::Moment moment;
  moment.until_ms = http::time_parameter(request.target, "at");
  moment.last_id = http::integer_parameter(request.target, "at_op");
  if (!moment.until_ms && !moment.last_id) return std::nullopt;
  return moment;
}

std::string moment_member(const Request& request, const log::Moment& moment) {
  std::string member;
  if (moment.until_ms) member += ",\"at\":" + json::quote(request.target.parameter("at").value_or(""));
  if (moment.last_id) member += ",\"at_op\":" + std::to_string(*moment.last_id);
  return member;
}

// A table of the past, or through a replay profile: as the query `state(context.table=…)` answers, in pages where
// asked.
Result<Response> queried_table(log::ReaderPool::Lease& reader, const Request& request, const std::string& name,
                               const std::optional<log::Moment>& moment) {
  query::ReplayProfile profile;
  if (const auto replay = request.target.parameter("replay")) {
    CHOREO_ASSIGN(profile, profile_named(*reader.operator->(), *replay));
  }
  eoql::StateQuery query;
  query.table = name;
  query.limit = http::integer_parameter(request.target, "limit");
  std::string cursor = request.target.parameter("cursor").value_or("");
  if (moment) {
    CHOREO_ASSIGN(const auto past, log::PastView::open(*reader.operator->(), *moment));
    CHOREO_ASSIGN(std::string body, query::run_state(query, profile, *past, moment_member(request, *moment), cursor));
    return json_response(std::move(body));
  }
  CHOREO_ASSIGN(const auto view, log::LiveView::open(*reader.operator->()));
  CHOREO_ASSIGN(std::string body, query::run_state(query, profile, *view, "", cursor));
  return json_response(std::move(body));
}

Result<Response> table(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  const std::optional<log::Moment> moment = moment_of(request);
  const std::string name = request.segment(2);
  CHOREO_ASSIGN(auto lease, app.readers.lease(slug));
  if (moment || request.target.parameter("replay")) return queried_table(lease, request, name, moment);
  if (request.target.parameter("limit") || request.target.parameter("cursor")) return table_page(lease, request, name);

  CHOREO_ASSIGN(auto page, lease->open_table(name));
  const std::string etag = etag_of(page.epoch, page.table.last_op);
  auto rows = std::make_unique<TableBody>(std::move(lease), page.table);
  if (matches_etag(request.header("HTTP_IF_NONE_MATCH"), etag)) return not_modified(etag);
  Response response;
  response.rest = std::move(rows);
  response.headers.emplace_back("ETag", etag);
  add_position(response, page.epoch, page.head);
  return response;
}

struct FoundEntity {
  projection::EntityState state;
  std::string epoch;
};

Result<std::optional<FoundEntity>> find_entity(log::Reader& reader, const std::optional<log::Moment>& moment,
                                               const std::string& table, const std::string& id) {
  if (moment) {
    CHOREO_ASSIGN(log::Head head, reader.head());
    CHOREO_ASSIGN(const auto past, log::PastView::open(reader, *moment));
    CHOREO_ASSIGN(std::optional<projection::EntityState> state, past->find(table, id));
    if (!state) return std::optional<FoundEntity>();
    return std::optional(FoundEntity{std::move(*state), std::move(head.epoch)});
  }
  CHOREO_ASSIGN(auto found, reader.entity(table, id));
  if (!found) return std::optional<FoundEntity>();
  return std::optional(FoundEntity{{found->alive, found->last_op, std::move(found->data)}, std::move(found->epoch)});
}

Result<Response> entity_response(const Request& request, const std::optional<FoundEntity>& found, bool is_past) {
  const std::string& name = request.segment(2);
  const std::string& id = request.segment(3);
  if (!found)
    return make_error(ErrorKind::not_found, "unknown_entity",
                      "table '" + shortened(name) + "' has never had an entity '" + shortened(id) + "'" +
                          (is_past ? " by then" : ""));
  const std::string etag = etag_of(found->epoch, found->state.last_op);
  if (matches_etag(request.header("HTTP_IF_NONE_MATCH"), etag)) return not_modified(etag);
  std::string body;
  append_entity(body, id, table_and_alive(name, found->state.alive), found->state.data);
  Response response = json_response(std::move(body));
  response.headers.emplace_back("ETag", etag);
  return response;
}

Result<Response> entity(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  const std::optional<log::Moment> moment = moment_of(request);
  CHOREO_ASSIGN(auto lease, app.readers.lease(slug));
  CHOREO_ASSIGN(const auto found, find_entity(*lease.operator->(), moment, request.segment(2), request.segment(3)));
  return entity_response(request, found, moment.has_value());
}

// On the loop, where the file is open already and nobody locks it. The past is replayed, which takes a thread.
Result<std::optional<Response>> start_entity(App& app, QuickReads& quick, const Request& request) {
  constexpr std::nullopt_t by_a_thread = std::nullopt;
  if (!quick.allowed() || request.target.parameter("at") || request.target.parameter("at_op"))
    return std::optional<Response>(by_a_thread);
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  std::optional<log::ReaderPool::Lease> lease = app.readers.lease_idle(slug);
  if (!lease) return std::optional<Response>(by_a_thread);
  log::Reader& reader = *lease->operator->();
  const auto found = quick.timed([&] {
    const log::Reader::NoWaiting no_waiting(reader);
    return find_entity(reader, std::nullopt, request.segment(2), request.segment(3));
  });
  if (!found.ok()) return std::optional<Response>(by_a_thread);  // it may wait, and has the words for what is wrong
  CHOREO_ASSIGN(Response response, entity_response(request, *found, false));
  return std::optional(std::move(response));
}

}  // namespace

void add_state_routes(Router& router, App& app) {
  router.add("GET", "/{}/state/{}", [&app](Request& request) { return table(app, request); });
  const auto quick = std::make_shared<QuickReads>(system_clock());
  router.add(
      "GET", "/{}/state/{}/{}", [&app](Request& request) { return entity(app, request); },
      [&app, quick](Request& request, Ticket&) { return start_entity(app, *quick, request); });
}

}  // namespace choreo::fcgi
