// What must hold for any bytes as a message between processes. Returns the property that did not hold, or "".
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "wire/message.h"

namespace choreo::fuzz {

inline std::string broken_wire_message(std::string_view bytes) {
  const auto message = wire::decode(bytes);
  if (!message.ok()) return message.error().code == "bad_message" ? "" : "a message is refused as one";
  if (wire::encode(*message) != bytes) return "a message has one form only";
  if (bytes.size() > wire::kMaxMessageBytes) return "a message is bounded";
  if (message->kind != wire::MessageKind::heartbeat && !check_slug(message->slug).ok()) return "a slug is a slug";
  const auto operations =
      static_cast<std::uint64_t>(message->last_id) - static_cast<std::uint64_t>(message->first_id) + 1;
  if (!message->records.empty() && message->records.size() != operations) return "a record for each operation, or none";
  return wire::topic_of(*message).empty() ? "every message has a topic" : "";
}

}  // namespace choreo::fuzz
