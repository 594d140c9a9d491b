// The messages between workers, broker, streamer and dispatcher, and their bytes (docs/wire.md).
//
// Every message is a hint: whatever is lost, repeated or late, the log has it. decode() trusts nothing it is given.
// Thread-safety: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace choreo::wire {

enum class MessageKind : std::uint8_t {
  committed = 1,         // operations first_id..last_id are in the log; records may be empty (too large): read the log
  head = 2,              // last_id is the newest operation (from the broker's heartbeat or a fallback poll)
  gone = 3,              // the instance with this epoch was deleted
  heartbeat = 4,         // the broker lives; slug empty
  webhooks_changed = 5,  // registrations of slug changed
  // Never on the wire: a subscriber tells its handler that the log of this epoch is not the one it was. Its file was
  // put back from a copy, or has lost its end; last_id is its head now.
  returned = 6,
};

struct Message {
  MessageKind kind = MessageKind::heartbeat;
  std::string slug;
  std::string epoch;  // 32 hexadecimal digits, or empty (heartbeat, webhooks_changed, gone where it was not known)
  std::int64_t first_id = 0;
  std::int64_t last_id = 0;
  std::vector<std::string> records;  // JSON of each operation (operation/operation.h append_json), or empty
};

// Above this many bytes of records (4 more counted for each) a sender leaves them out.
inline constexpr std::size_t kMaxRecordBytes = 1u << 20;
inline constexpr std::size_t kRecordOverheadBytes = 4;
// No message is longer; sockets refuse what is.
inline constexpr std::size_t kMaxMessageBytes = kMaxRecordBytes + 256;

// Leaves the records out where they exceed kMaxRecordBytes.
// REQUIRES: slug, epoch, ids and records as docs/wire.md has them for the kind; decode() refuses anything else.
std::string encode(const Message& message);
// Error invalid/bad_message for anything encode() would not have written.
Result<Message> decode(std::string_view bytes);

// The relay topic a message travels under.
std::string topic_of(const Message& message);

}  // namespace choreo::wire
