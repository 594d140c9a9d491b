// A wire message as the loops get it: its operations encoded once for all of them.
// Thread-safety: immutable once shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streamer/event.h"
#include "wire/message.h"

namespace choreo::streamer {

struct Update {
  wire::MessageKind kind = wire::MessageKind::head;
  std::string slug;
  std::string epoch;  // "" where the sender did not know it
  std::int64_t last_id = 0;
  std::vector<EventPtr> events;  // committed: consecutive ids up to last_id, or none: read the log
  std::size_t bytes = 0;         // of memory, roughly

  // Records that are not what the message says they are get left out: the log has the operations.
  static std::shared_ptr<const Update> from(wire::Message message);
};

using UpdatePtr = std::shared_ptr<const Update>;

}  // namespace choreo::streamer
