#include "wire/message.h"

#include <algorithm>
#include <type_traits>

#include "base/ids.h"
#include "wire/names.h"

namespace choreo::wire {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 24;
constexpr std::size_t kEpochLength = 32;
constexpr std::int64_t kMaxId = std::int64_t{1} << 62;  // so that receivers can count on

template <class Unsigned>
void put(std::string& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

// Takes pieces off the front of the bytes; after a piece that is not there, everything fails.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  template <class Unsigned>
  Unsigned take_number() {
    static_assert(std::is_unsigned_v<Unsigned>);
    std::uint64_t value = 0;
    const std::string_view bytes = take(sizeof(Unsigned));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return static_cast<Unsigned>(value);
  }

  std::string_view take(std::size_t length) {
    if (failed_ || length > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view piece = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return piece;
  }

  bool failed() const { return failed_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::size_t bytes_of(const std::vector<std::string>& records) {
  std::size_t total = 0;
  for (const std::string& record : records) total += kRecordOverheadBytes + record.size();
  return total;
}

bool is_epoch(std::string_view text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == kEpochLength && std::all_of(text.begin(), text.end(), hex);
}

Error bad(const std::string& what) {
  return invalid("bad_message", "a message " + what);
}

Status check_ids(const Message& message) {
  switch (message.kind) {
    case MessageKind::committed:
      if (message.first_id < 1 || message.last_id < message.first_id || message.last_id > kMaxId)
        return bad("has a range that is none");
      return {};
    case MessageKind::head:
      if (message.first_id != 0 || message.last_id < 0 || message.last_id > kMaxId)
        return bad("has a head that is none");
      return {};
    default:
      if (message.first_id != 0 || message.last_id != 0) return bad("has ids that its kind does not have");
      return {};
  }
}

Status check_names(const Message& message) {
  const bool about_instance = message.kind != MessageKind::heartbeat;
  if (about_instance ? !check_slug(message.slug).ok() : !message.slug.empty()) return bad("has a bad slug");
  const bool has_epoch = message.kind == MessageKind::committed || message.kind == MessageKind::head;
  const bool may_have_epoch = has_epoch || message.kind == MessageKind::gone;
  if (message.epoch.empty() ? has_epoch : !(may_have_epoch && is_epoch(message.epoch))) return bad("has a bad epoch");
  return {};
}

Status take_records(Cursor& cursor, std::uint32_t count, Message& message) {
  if (count == 0) return cursor.left() == 0 ? Status() : Status(bad("has bytes past its end"));
  // ids were checked: the difference neither overflows nor is negative
  if (message.kind != MessageKind::committed || message.last_id - message.first_id != std::int64_t{count} - 1)
    return bad("has another number of records than operations");
  if (cursor.left() > kMaxRecordBytes || count > cursor.left() / kRecordOverheadBytes)
    return bad("has records of a size that is not allowed");
  message.records.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view record = cursor.take(cursor.take_number<std::uint32_t>());
    if (cursor.failed() || record.empty()) return bad("is cut short or has an empty record");
    message.records.emplace_back(record);
  }
  return cursor.left() == 0 ? Status() : Status(bad("has bytes past its end"));
}

}  // namespace

std::string encode(const Message& message) {
  const bool with_records = bytes_of(message.records) <= kMaxRecordBytes;
  std::string out;
  out.reserve(kHeaderBytes + message.slug.size() + message.epoch.size() +
              (with_records ? bytes_of(message.records) : 0));
  put(out, kVersion);
  put(out, static_cast<std::uint8_t>(message.kind));
  put(out, static_cast<std::uint8_t>(message.slug.size()));
  put(out, static_cast<std::uint8_t>(message.epoch.size()));
  put(out, static_cast<std::uint32_t>(with_records ? message.records.size() : 0));
  put(out, static_cast<std::uint64_t>(message.first_id));
  put(out, static_cast<std::uint64_t>(message.last_id));
  out += message.slug;
  out += message.epoch;
  if (!with_records) return out;
  for (const std::string& record : message.records) {
    put(out, static_cast<std::uint32_t>(record.size()));
    out += record;
  }
  return out;
}

Result<Message> decode(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes.size() > kMaxMessageBytes) return bad("has a size that is not allowed");
  Cursor cursor(bytes);
  if (cursor.take_number<std::uint8_t>() != kVersion) return bad("is of another version");
  const auto kind = cursor.take_number<std::uint8_t>();
  if (kind < static_cast<std::uint8_t>(MessageKind::committed) ||
      kind > static_cast<std::uint8_t>(MessageKind::webhooks_changed))
    return bad("is of an unknown kind");
  const auto slug_length = cursor.take_number<std::uint8_t>();
  const auto epoch_length = cursor.take_number<std::uint8_t>();
  const auto count = cursor.take_number<std::uint32_t>();
  Message message;
  message.kind = static_cast<MessageKind>(kind);
  message.first_id = static_cast<std::int64_t>(cursor.take_number<std::uint64_t>());
  message.last_id = static_cast<std::int64_t>(cursor.take_number<std::uint64_t>());
  message.slug = cursor.take(slug_length);
  message.epoch = cursor.take(epoch_length);
  if (cursor.failed()) return bad("is cut short");
  CHOREO_TRY(check_names(message));
  CHOREO_TRY(check_ids(message));
  CHOREO_TRY(take_records(cursor, count, message));
  return message;
}

std::string topic_of(const Message& message) {
  switch (message.kind) {
    case MessageKind::heartbeat:
      return kHeartbeatTopic;
    case MessageKind::webhooks_changed:
      return kWebhooksTopic;
    default:
      return instance_topic(message.slug);
  }
}

}  // namespace choreo::wire
