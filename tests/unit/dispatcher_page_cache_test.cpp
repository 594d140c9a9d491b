#include <catch2/catch.hpp>

#include <random>

#include "base/random.h"
#include "dispatcher/page_cache.h"
#include "dispatcher/record.h"

using namespace choreo;
using dispatcher::PageCache;
using dispatcher::Record;
using dispatcher::RecordPtr;

namespace {

std::vector<RecordPtr> page(std::int64_t first, std::int64_t last, std::size_t target_bytes = 2) {
  std::vector<RecordPtr> records;
  for (std::int64_t id = first; id <= last; ++id) {
    Operation operation;
    operation.id = id;
    operation.target = "{\"x\":\"" + std::string(target_bytes, 'x') + "\"}";
    records.push_back(std::make_shared<const Record>(std::move(operation)));
  }
  return records;
}

Record record(const std::string& context, Operator op = Operator::ALT) {
  Operation operation;
  operation.id = 7;
  operation.pretty_id = "PL0-7";
  operation.guid = "g";
  operation.ts = "2026-02-15T16:22:01.000Z";
  operation.op = op;
  operation.target = R"({"id":"pl0","n":1.10})";
  operation.context = context;
  operation.frame = "{}";
  return Record(std::move(operation));
}

}  // namespace

TEST_CASE("a cached page gives its own operations only") {
  PageCache cache(1u << 20);
  cache.add("a", page(10, 19));
  CHECK(cache.find("a", 9) == nullptr);
  CHECK(cache.find("a", 10)->id() == 10);
  CHECK(cache.find("a", 19)->id() == 19);
  CHECK(cache.find("a", 20) == nullptr);
  CHECK(cache.find("b", 10) == nullptr);
  cache.add("a", page(20, 20));
  CHECK(cache.find("a", 20)->id() == 20);
}

TEST_CASE("the least recently used pages go when there are too many bytes") {
  PageCache cache(20'000);
  cache.add("a", page(1, 1, 2000));
  cache.add("a", page(2, 2, 2000));
  cache.add("b", page(1, 1, 2000));
  REQUIRE(cache.find("a", 1) != nullptr);  // used again
  cache.add("b", page(2, 2, 2000));
  cache.add("b", page(3, 3, 2000));
  CHECK(cache.bytes() <= 20'000);
  CHECK(cache.find("a", 2) == nullptr);
  CHECK(cache.find("a", 1) != nullptr);
  CHECK(cache.find("b", 3) != nullptr);
}

TEST_CASE("one page larger than all is kept until the next") {
  PageCache cache(100);
  cache.add("a", page(1, 1, 10'000));
  CHECK(cache.find("a", 1) != nullptr);
  cache.add("a", page(2, 2, 10'000));
  CHECK(cache.find("a", 1) == nullptr);
  CHECK(cache.find("a", 2) != nullptr);
}

TEST_CASE("forgetting an instance leaves the others") {
  PageCache cache(1u << 20);
  cache.add("a", page(1, 5));
  cache.add("b", page(1, 5));
  cache.forget("a");
  cache.forget("unknown");
  CHECK(cache.find("a", 3) == nullptr);
  CHECK(cache.find("b", 3) != nullptr);
  cache.forget("b");
  CHECK(cache.bytes() == 0);
}

TEST_CASE("a page that starts where another did replaces it") {
  PageCache cache(1u << 20);
  cache.add("a", page(1, 3));
  const std::size_t before = cache.bytes();
  cache.add("a", page(1, 3));
  CHECK(cache.bytes() == before);
  cache.add("a", page(1, 6));
  CHECK(cache.find("a", 6) != nullptr);
}

TEST_CASE("the body is the operation with op_id, its values as they were sent") {
  CHECK(*record(R"({"table":"places"})").body() ==
        R"({"op_id":7,"pretty_id":"PL0-7","guid":"g","ts":"2026-02-15T16:22:01.000Z","op":"ALT",)"
        R"("target":{"id":"pl0","n":1.10},"context":{"table":"places"},"frame":{}})");
  CHECK(record(R"({"table":"places"})").table() == "places");
  CHECK(record("{}").table() == "_default");
}

TEST_CASE("only a trace id that can stand in a header is used") {
  CHECK(record(R"({"trace_id":"abc-123"})").trace_id() == "abc-123");
  for (const char* context :
       {"{}", R"({"trace_id":5})", R"({"trace_id":"a\r\nX: 1"})", R"({"trace_id":" a"})", R"({"trace_id":"é"})"})
    CHECK(record(context).trace_id().empty());
  CHECK(record(R"({"trace_id":")" + std::string(129, 'a') + "\"}").trace_id().empty());
}
