// Messages: round trip, golden bytes, and everything that decode() must refuse.
#include <catch2/catch.hpp>

#include "base/random.h"
#include "wire/message.h"
#include "wire/names.h"

using namespace choreo;
using wire::decode;
using wire::encode;
using wire::Message;
using wire::MessageKind;

namespace {

const std::string kEpoch = "00112233445566778899aabbccddeeff";

std::vector<Message> samples() {
  return {
      {MessageKind::committed, "demo", kEpoch, 41, 43, {R"({"id":41})", R"({"id":42,"x":"ä"})", R"({"id":43})"}},
      {MessageKind::committed, "demo", kEpoch, 41, 9000000000, {}},
      {MessageKind::committed, std::string(63, 'a'), kEpoch, 1, 1, {std::string("\0\n\xff", 3)}},
      {MessageKind::head, "demo", kEpoch, 0, 57, {}},
      {MessageKind::head, "demo", kEpoch, 0, 0, {}},
      {MessageKind::gone, "demo", kEpoch, 0, 0, {}},
      {MessageKind::gone, "demo", "", 0, 0, {}},
      {MessageKind::heartbeat, "", "", 0, 0, {}},
      {MessageKind::webhooks_changed, "a-b_c", "", 0, 0, {}},
  };
}

bool same(const Message& a, const Message& b) {
  return a.kind == b.kind && a.slug == b.slug && a.epoch == b.epoch && a.first_id == b.first_id &&
         a.last_id == b.last_id && a.records == b.records;
}

bool refused(const Message& message) {
  const auto decoded = decode(encode(message));
  if (!decoded.ok()) CHECK(decoded.error().code == "bad_message");
  return !decoded.ok();
}

}  // namespace

TEST_CASE("Every kind comes back as it was") {
  for (const Message& message : samples()) {
    const auto decoded = decode(encode(message));
    REQUIRE(decoded.ok());
    CHECK(same(*decoded, message));
  }
}

TEST_CASE("The bytes are those of docs/wire.md") {
  const std::string bytes = encode({MessageKind::committed, "ab", kEpoch, 258, 259, {"{}", "{ }"}});
  const std::string header("\x01\x01\x02\x20\x02\0\0\0\x02\x01\0\0\0\0\0\0\x03\x01\0\0\0\0\0\0", 24);
  const std::string records("\x02\0\0\0{}\x03\0\0\0{ }", 13);
  CHECK(bytes == header + "ab" + kEpoch + records);
}

TEST_CASE("A message that ends early is refused wherever it ends") {
  for (const Message& message : samples()) {
    const std::string bytes = encode(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(decode(bytes.substr(0, length)).ok());
  }
}

TEST_CASE("Bytes past the end are refused") {
  for (const Message& message : samples()) CHECK_FALSE(decode(encode(message) + "x").ok());
}

TEST_CASE("What decodes after random changes encodes to the same bytes") {
  SeededRandom random(1);
  for (const Message& message : samples()) {
    const std::string bytes = encode(message);
    for (int round = 0; round < 5000; ++round) {
      std::string changed = bytes;
      for (int i = 0; i <= round % 3; ++i)
        changed[random.next_u64() % std::min<std::size_t>(changed.size(), 128)] = static_cast<char>(random.next_u64());
      const auto decoded = decode(changed);
      if (decoded.ok() && encode(*decoded) != changed) FAIL("another message has these bytes");
    }
  }
}

TEST_CASE("Random bytes are refused or are a message") {
  SeededRandom random(2);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes(random.next_u64() % 200, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    if (!bytes.empty()) bytes[0] = 1;
    const auto decoded = decode(bytes);
    if (decoded.ok() && encode(*decoded) != bytes) FAIL("another message has these bytes");
  }
}

TEST_CASE("Other versions and unknown kinds are refused") {
  std::string bytes = encode(samples()[0]);
  for (int version : {0, 2, 255}) {
    bytes[0] = static_cast<char>(version);
    CHECK_FALSE(decode(bytes).ok());
  }
  bytes[0] = 1;
  CHECK(decode(bytes).ok());
  for (int kind : {0, 6, 255}) {
    bytes[1] = static_cast<char>(kind);
    CHECK_FALSE(decode(bytes).ok());
  }
}

TEST_CASE("Slugs must be slugs, where the kind has one") {
  for (const char* slug : {"", "UPPER", "a/b", "../x", "-a", "instances", "a b", "\xc3\xa4"}) {
    INFO(slug);
    CHECK(refused({MessageKind::head, slug, kEpoch, 0, 1, {}}));
    CHECK(refused({MessageKind::webhooks_changed, slug, "", 0, 0, {}}));
  }
  CHECK(refused({MessageKind::head, std::string(64, 'a'), kEpoch, 0, 1, {}}));
  CHECK(refused({MessageKind::heartbeat, "demo", "", 0, 0, {}}));
}

TEST_CASE("Epochs must be 32 lower-case hexadecimal digits, where the kind has one") {
  for (const std::string& epoch : {std::string("x"), kEpoch.substr(1), kEpoch + "0", std::string(32, 'G'),
                                   std::string(32, 'A'), std::string(32, '\0')}) {
    CHECK(refused({MessageKind::head, "demo", epoch, 0, 1, {}}));
    CHECK(refused({MessageKind::gone, "demo", epoch, 0, 0, {}}));
  }
  CHECK(refused({MessageKind::head, "demo", "", 0, 1, {}}));
  CHECK(refused({MessageKind::committed, "demo", "", 1, 1, {}}));
  CHECK(refused({MessageKind::webhooks_changed, "demo", kEpoch, 0, 0, {}}));
  CHECK(refused({MessageKind::heartbeat, "", kEpoch, 0, 0, {}}));
}

TEST_CASE("Ids must be what the kind has") {
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 0, 1, {}}));
  CHECK(refused({MessageKind::committed, "demo", kEpoch, -1, 1, {}}));
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 2, 1, {}}));
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 1, -1, {}}));
  CHECK(refused({MessageKind::head, "demo", kEpoch, 1, 1, {}}));
  CHECK(refused({MessageKind::head, "demo", kEpoch, 0, -1, {}}));
  CHECK(refused({MessageKind::gone, "demo", kEpoch, 0, 1, {}}));
  CHECK(refused({MessageKind::heartbeat, "", "", 1, 0, {}}));
  CHECK(refused({MessageKind::webhooks_changed, "demo", "", 0, 1, {}}));
  const std::int64_t most = std::int64_t{1} << 62;
  CHECK_FALSE(refused({MessageKind::committed, "demo", kEpoch, 1, most, {}}));
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 1, most + 1, {}}));
  CHECK_FALSE(refused({MessageKind::head, "demo", kEpoch, 0, most, {}}));
  CHECK(refused({MessageKind::head, "demo", kEpoch, 0, most + 1, {}}));
}

TEST_CASE("There are as many records as operations, or none, and none is empty") {
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 1, 2, {"{}"}}));
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 1, 2, {"{}", "{}", "{}"}}));
  CHECK(refused({MessageKind::committed, "demo", kEpoch, 1, 2, {"{}", ""}}));
  CHECK(refused({MessageKind::head, "demo", kEpoch, 0, 1, {"{}"}}));
  CHECK(refused({MessageKind::gone, "demo", kEpoch, 0, 0, {"{}"}}));
}

TEST_CASE("A record count that the bytes cannot hold is refused before memory is taken for it") {
  std::string bytes = encode({MessageKind::committed, "demo", kEpoch, 1, 0xffffffff, {}});
  for (std::size_t i = 4; i < 8; ++i) bytes[i] = '\xff';
  CHECK_FALSE(decode(bytes).ok());
  CHECK_FALSE(decode(bytes + std::string(100, '\0')).ok());
}

TEST_CASE("Records up to the limit travel, beyond it they are left out") {
  const std::string most(wire::kMaxRecordBytes - wire::kRecordOverheadBytes, 'a');
  Message message{MessageKind::committed, std::string(63, 'a'), kEpoch, 5, 5, {most}};
  CHECK(encode(message).size() <= wire::kMaxMessageBytes);
  auto decoded = decode(encode(message));
  REQUIRE(decoded.ok());
  CHECK(decoded->records.size() == 1);

  message.records[0] += 'a';
  decoded = decode(encode(message));
  REQUIRE(decoded.ok());
  CHECK(decoded->records.empty());
  CHECK(decoded->last_id == 5);
}

TEST_CASE("Topics: heartbeat and webhooks have their own, no instance's is a prefix of another's") {
  CHECK(wire::topic_of({MessageKind::heartbeat, "", "", 0, 0, {}}) == "h/");
  CHECK(wire::topic_of({MessageKind::webhooks_changed, "demo", "", 0, 0, {}}) == "w/");
  CHECK(wire::topic_of({MessageKind::gone, "demo", "", 0, 0, {}}) == "i/demo/");
  CHECK_FALSE(wire::instance_topic("demo2").starts_with(wire::instance_topic("demo")));
  CHECK(wire::slug_of_topic("i/demo/") == "demo");
  for (const char* other : {"", "i", "i/", "i//", "i/demo", "i/a/b/", "h/", "w/", "x/demo/"})
    CHECK_FALSE(wire::slug_of_topic(other).has_value());
}
