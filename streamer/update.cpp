#include "streamer/update.h"

#include <string_view>

#include "json/canonical.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kOverhead = 256;

// One line of JSON, as the log would give it: anything else could break the event stream for its readers.
bool is_operation(std::string_view record, std::int64_t id) {
  if (!record.starts_with("{\"id\":" + std::to_string(id) + ",")) return false;
  const Result<std::string> canonical = json::canonicalize(record, 2 * kMaxJsonDepth);
  return canonical.ok() && *canonical == record;
}

std::vector<EventPtr> encode_records(const wire::Message& message) {
  std::vector<EventPtr> events;
  events.reserve(message.records.size());
  std::int64_t id = message.last_id - static_cast<std::int64_t>(message.records.size());
  for (const std::string& record : message.records) {
    if (!is_operation(record, ++id)) return {};
    events.push_back(std::make_shared<const Event>(id, record));
  }
  return events;
}

}  // namespace

UpdatePtr Update::from(wire::Message message) {
  auto update = std::make_shared<Update>();
  update->kind = message.kind;
  update->last_id = message.last_id;
  if (message.kind == wire::MessageKind::committed) update->events = encode_records(message);
  update->slug = std::move(message.slug);
  update->epoch = std::move(message.epoch);
  update->bytes = kOverhead;
  for (const EventPtr& event : update->events) update->bytes += event->text().size() + kOverhead;
  return update;
}

}  // namespace choreo::streamer
