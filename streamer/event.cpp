#include "streamer/event.h"

#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "streamer/sse.h"

namespace choreo::streamer {
namespace {

// Above the depth of a body, whose members the log stores at the same depth.
constexpr std::size_t kMaxDepth = 2 * kMaxJsonDepth;
constexpr std::string_view kEventEnd = "\n\n";

std::string_view object_or_empty(std::string_view json, std::string_view member) {
  const auto value = json::find(json, member);
  return value && json::is_object(*value) ? *value : std::string_view("{}");
}

std::string text_or_empty(std::string_view object, std::string_view member) {
  const auto value = json::find(object, member);
  return value && json::is_string(*value) ? json::unquote(*value) : std::string();
}

}  // namespace

Facts facts_of(std::string_view json) {
  Facts facts;
  const Result<std::string> canonical = json::canonicalize(json, kMaxDepth);
  if (!canonical.ok() || !json::is_object(*canonical)) return facts;
  facts.op = operator_named(text_or_empty(*canonical, "op"));
  const std::string_view context = object_or_empty(*canonical, "context");
  facts.table = table_of(context);
  facts.trace_id = text_or_empty(context, "trace_id");
  facts.entities = mentioned_ids(object_or_empty(*canonical, "target"));
  return facts;
}

Event::Event(std::int64_t id, std::string_view json) : id_(id), text_(operation_event(id, json)) {}

Event::~Event() {
  delete facts_.load(std::memory_order_acquire);
}

std::string_view Event::json() const {
  const std::string_view text = text_;
  const std::size_t start = operation_event_head(id_).size();
  return text.substr(start, text.size() - start - kEventEnd.size());
}

const Facts& Event::facts() const {
  const Facts* known = facts_.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  auto made = std::make_unique<const Facts>(facts_of(json()));
  // Another thread may have been faster: its result stays, since somebody may hold a reference to it.
  if (!facts_.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) return *known;
  return *made.release();
}

}  // namespace choreo::streamer
