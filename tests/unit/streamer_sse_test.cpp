#include "streamer/sse.h"

#include <catch2/catch.hpp>

#include "streamer/event.h"

using namespace choreo;
using namespace choreo::streamer;

namespace {

constexpr std::string_view kOperation =
    R"({"id":48,"pretty_id":"PL0-48","guid":"g","ts":"t","op":"CON","target":{"source":"a","target":"b","note":"x\ny"},)"
    R"("context":{"table":"pl","trace_id":"abc"},"frame":{}})";

}  // namespace

TEST_CASE("an operation's event has its id, its kind and its JSON on one line") {
  CHECK(operation_event(48, R"({"id":48})") == "id: 48\nevent: op\ndata: {\"id\":48}\n\n");
}

TEST_CASE("a raw line break in the stored JSON does not split the event") {
  CHECK(operation_event(1, "{\"id\":1,\r\n \"op\":\n\"INS\"}") ==
        "id: 1\nevent: op\ndata: {\"id\":1,   \"op\": \"INS\"}\n\n");
}

TEST_CASE("the other events") {
  CHECK(preamble("e1", 3000) == ": epoch e1\nretry: 3000\n");
  CHECK(position_event(7) == "id: 7\nevent: position\ndata: {\"id\":7}\n\n");
  CHECK(reset_event("0", 9, "e1") == "id: 0\nevent: reset\ndata: {\"head\":9,\"epoch\":\"e1\"}\n\n");
  CHECK(gone_event("demo", "e1") == "id: 0\nevent: gone\ndata: {\"instance\":\"demo\",\"epoch\":\"e1\"}\n\n");
  CHECK(mark_after_reset(position_event(7)) == "id: 07\nevent: position\ndata: {\"id\":7}\n\n");
}

TEST_CASE("faults_e1_an operation under another name, or none") {
  const std::string text = operation_event(48, R"({"id":48,"op":"\nevent: op\n"})");
  const std::string data = "data: {\"id\":48,\"op\":\"\\nevent: op\\n\"}\n\n";
  CHECK(renamed(text, "update") == "id: 48\nevent: update\n" + data);
  CHECK(renamed(text, "message") == "id: 48\n" + data);
  CHECK(mark_after_reset(renamed(text, "message")) == "id: 048\n" + data);
}

TEST_CASE("an event gives back its JSON and what filters look at") {
  const Event event(48, kOperation);
  CHECK(event.json() == kOperation);
  const Facts& facts = event.facts();
  REQUIRE(facts.op);
  CHECK(*facts.op == Operator::CON);
  CHECK(facts.table == "pl");
  CHECK(facts.trace_id == "abc");
  CHECK(facts.entities == std::vector<std::string>{"a", "b"});
  CHECK(&event.facts() == &facts);
}

TEST_CASE("text that is no operation has no operator") {
  CHECK_FALSE(facts_of("").op);
  CHECK_FALSE(facts_of("{").op);
  CHECK_FALSE(facts_of("[1]").op);
  CHECK_FALSE(facts_of(R"({"op":7,"target":[],"context":null})").op);
  CHECK(facts_of(R"({"op":"INS","target":[],"context":null})").table == "_default");
}
