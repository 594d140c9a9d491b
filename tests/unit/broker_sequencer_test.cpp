// Ranges out of order, overlapping, repeated, with gaps, of epochs that change.
#include <catch2/catch.hpp>

#include "broker/sequencer.h"
#include "unit/broker_fake_logs.h"

using namespace choreo;
using namespace choreo::test;
using broker::Limits;
using broker::Sequencer;

namespace {

struct Bench {
  FakeLogs logs;
  std::vector<wire::Message> emitted;
  Sequencer sequencer;

  explicit Bench(std::int64_t head = 0, Limits limits = {})
      : sequencer(
            logs, [this](const wire::Message& message) { emitted.push_back(message); }, limits) {
    logs.heads["demo"].last_id = head;
    sequencer.observe("demo", logs.heads["demo"], 0);
    logs.heads["demo"].last_id = 1000;
  }

  void take(std::int64_t first, std::int64_t last, const std::string& epoch = kOld) {
    sequencer.take(range(first, last, epoch));
  }
  // What was emitted since the last call. Records must be those of their ids.
  std::string out() {
    for (const wire::Message& message : emitted)
      for (std::size_t i = 0; i < message.records.size(); ++i)
        CHECK(message.records[i] == record(message.first_id + static_cast<std::int64_t>(i)));
    std::string said = text(emitted);
    emitted.clear();
    return said;
  }
  std::string settled() {
    sequencer.settle();
    return out();
  }
};

wire::Message gone(const std::string& epoch) {
  return {wire::MessageKind::gone, "demo", epoch, 0, 0, {}};
}

}  // namespace

TEST_CASE("What continues the head is emitted at once") {
  Bench bench(40);
  bench.take(41, 57);
  CHECK(bench.out() == "41-57");
  bench.take(58, 58);
  CHECK(bench.out() == "58-58");
  CHECK(bench.sequencer.head("demo")->last_id == 58);
  CHECK(bench.logs.page_calls == 0);
}

TEST_CASE("Ranges of different workers fall into place without the log") {
  Bench bench(40);
  bench.take(50, 59);
  bench.take(60, 60);
  bench.take(45, 49);
  CHECK(bench.out().empty());
  bench.take(41, 44);
  CHECK(bench.settled() == "41-44 45-49 50-59 60-60");
  CHECK(bench.logs.page_calls == 0);
}

TEST_CASE("What is missing once everything was taken comes from the log, first") {
  Bench bench(40);
  bench.take(50, 59);
  CHECK(bench.settled() == "41-49 50-59");
  bench.take(70, 70);
  bench.take(65, 66);
  CHECK(bench.settled() == "60-64 65-66 67-69 70-70");
}

TEST_CASE("What is at or below the head is dropped, what reaches past it is cut") {
  Bench bench(40);
  bench.take(30, 40);
  bench.take(40, 40);
  CHECK(bench.out().empty());
  bench.take(39, 42);
  CHECK(bench.out() == "41-42");
  bench.take(41, 42);
  CHECK(bench.out().empty());
  bench.take(44, 50);
  bench.take(46, 48);
  bench.take(44, 51);
  CHECK(bench.settled() == "43-43 44-50 51-51");
}

TEST_CASE("A range without records keeps its place, and is cut too") {
  Bench bench(40);
  wire::Message bare = range(39, 45);
  bare.records.clear();
  bench.sequencer.take(bare);
  CHECK(bench.out() == "41-45!");
}

TEST_CASE("The first ranges of an instance that was not known begin where the lowest begins") {
  Bench bench;
  bench.logs.heads["late"] = {kOld, 60};
  bench.sequencer.take(range(58, 60, kOld, "late"));
  bench.sequencer.take(range(41, 57, kOld, "late"));
  CHECK(bench.settled() == "41-57 58-60");
  CHECK(bench.logs.page_calls == 0);
}

TEST_CASE("Instances do not disturb each other") {
  Bench bench(10);
  bench.logs.heads["b"] = {kNew, 5};
  bench.sequencer.take(range(5, 5, kNew, "b"));
  bench.take(11, 11);
  CHECK(bench.settled() == "11-11 5-5");
  CHECK(bench.sequencer.known_instances() == 2);
}

TEST_CASE("An instance made anew: gone for the old epoch, then the new one") {
  Bench bench(40);
  bench.logs.heads["demo"] = {kNew, 2};
  bench.take(1, 2, kNew);
  CHECK(bench.settled() == "gone(a) 1-2");
  CHECK(bench.sequencer.head("demo")->epoch == kNew);
  bench.take(41, 41, kOld);  // late, from a worker that had it
  CHECK(bench.settled().empty());
  CHECK(bench.sequencer.head("demo")->epoch == kNew);
}

TEST_CASE("Ranges of two epochs at once: only the log's epoch counts") {
  Bench bench(40);
  bench.logs.heads["demo"] = {kNew, 3};
  bench.take(2, 3, kNew);
  bench.take(42, 43, kOld);
  bench.take(1, 1, kNew);
  CHECK(bench.settled() == "gone(a) 1-1 2-3");
}

TEST_CASE("A range of another epoch for an instance that is no more") {
  Bench bench(40);
  bench.logs.heads.clear();
  bench.take(1, 2, kNew);
  CHECK(bench.settled() == "gone(a)");
  CHECK(bench.sequencer.known_instances() == 0);
}

TEST_CASE("A gone of a worker is forwarded and forgets the instance") {
  Bench bench(40);
  bench.sequencer.take(gone(kOld));
  CHECK(bench.out() == "gone(a)");
  CHECK_FALSE(bench.sequencer.head("demo").has_value());
  CHECK(bench.logs.closed == std::vector<std::string>{"demo"});
  bench.logs.heads.clear();
  bench.take(41, 42);  // was on its way
  CHECK(bench.settled() == "gone(a)");
}

TEST_CASE("A gone that comes after the new epoch was seen is old news") {
  Bench bench(40);
  bench.logs.heads["demo"] = {kNew, 1};
  bench.take(1, 1, kNew);
  bench.settled();
  bench.sequencer.take(gone(kOld));
  CHECK(bench.out().empty());
  CHECK(bench.sequencer.head("demo")->epoch == kNew);
}

TEST_CASE("A gone that comes before the new epoch's pending range does not lose it") {
  Bench bench(40);
  bench.logs.heads["demo"] = {kNew, 1};
  bench.take(1, 1, kNew);
  bench.sequencer.take(gone(kOld));
  CHECK(bench.settled() == "gone(a) 1-1");
}

TEST_CASE("A gap that cannot be read is told without records, and the order kept") {
  Bench bench(40);
  bench.logs.failure = make_error(ErrorKind::unavailable, "corrupt", "corrupt");
  bench.take(50, 51);
  CHECK(bench.settled() == "41-49! 50-51");
  bench.logs.failure.reset();
  bench.take(53, 53);
  CHECK(bench.settled() == "52-52 53-53");
}

TEST_CASE("An instance whose log cannot be read is relayed on its workers' word") {
  Bench bench;
  bench.logs.failure = make_error(ErrorKind::unavailable, "corrupt", "corrupt");
  bench.sequencer.take(range(7, 8, kOld, "late"));
  bench.sequencer.take(range(5, 6, kOld, "late"));
  CHECK(bench.settled() == "5-6 7-8");
}

TEST_CASE("An instance that vanishes while its gap is fetched is gone") {
  Bench bench(40);
  bench.logs.heads.clear();
  bench.take(50, 51);
  bench.take(60, 61);
  CHECK(bench.settled() == "gone(a)");
  CHECK(bench.sequencer.known_instances() == 0);
}

TEST_CASE("A range that the log does not have is dropped") {
  Bench bench(40);
  bench.logs.heads["demo"].last_id = 45;
  bench.take(100, 100);
  CHECK(bench.settled() == "41-45");
  bench.logs.heads["demo"].last_id = 46;
  bench.take(46, 46);
  CHECK(bench.settled() == "46-46");
}

TEST_CASE("A range that continues the head is dropped too where the log does not have it") {
  Bench bench(40);
  bench.logs.heads["demo"].last_id = 42;
  bench.take(41, 43);
  CHECK(bench.settled().empty());
  bench.take(41, 42);
  CHECK(bench.out() == "41-42");
  SECTION("the log is not asked again for what it has been seen to have") {
    bench.logs.heads["demo"].last_id = 60;
    bench.take(43, 50);
    const int asked = bench.logs.head_calls;
    bench.take(51, 60);
    CHECK(bench.out() == "43-50 51-60");
    CHECK(bench.logs.head_calls == asked);
  }
  SECTION("one of the old epoch, after the instance was made anew") {
    bench.logs.heads["demo"] = {kNew, 50};
    bench.take(43, 44);
    CHECK(bench.settled().empty());
  }
}

TEST_CASE("A tail that the file has and no message brings is fetched, after its grace") {
  Bench bench(40);
  const Limits limits;
  bench.sequencer.observe("demo", log::Head{kOld, 45}, 1000);
  bench.sequencer.recover_tails(1000 + limits.tail_grace_ms - 1);
  CHECK(bench.out().empty());
  bench.sequencer.recover_tails(1000 + limits.tail_grace_ms);
  CHECK(bench.out() == "41-45");
  bench.sequencer.recover_tails(5000);
  CHECK(bench.out().empty());
}

TEST_CASE("A tail whose message was only on its way is not fetched") {
  Bench bench(40);
  bench.sequencer.observe("demo", log::Head{kOld, 45}, 1000);
  bench.take(41, 45);
  bench.sequencer.recover_tails(2000);
  CHECK(bench.out() == "41-45");
  CHECK(bench.logs.page_calls == 0);
}

TEST_CASE("A part of a tail: only the rest is fetched") {
  Bench bench(40);
  bench.sequencer.observe("demo", log::Head{kOld, 45}, 1000);
  bench.take(41, 43);
  bench.sequencer.recover_tails(2000);
  CHECK(bench.out() == "41-43 44-45");
}

TEST_CASE("What the file says: another epoch, nothing, a lower head") {
  Bench bench(40);
  SECTION("another epoch") {
    bench.sequencer.observe("demo", log::Head{kNew, 3}, 0);
    CHECK(bench.out() == "gone(a)");
    CHECK(bench.sequencer.head("demo")->last_id == 3);
  }
  SECTION("nothing") {
    bench.sequencer.observe("demo", std::nullopt, 0);
    CHECK(bench.out() == "gone(a)");
    bench.sequencer.observe("demo", std::nullopt, 0);
    CHECK(bench.out().empty());
  }
  SECTION("a lower head, of a file put back from a copy") {
    bench.sequencer.observe("demo", log::Head{kOld, 30}, 0);
    bench.take(31, 32);
    CHECK(bench.out() == "31-32");
  }
}

TEST_CASE("A large gap is fetched up to the limit, the rest told without records") {
  Limits limits;
  limits.max_fetched_operations = 100;
  Bench bench(0, limits);
  bench.logs.page_operations = 40;
  bench.take(500, 501);
  CHECK(bench.settled() == "1-40 41-80 81-120 121-499! 500-501");
}

TEST_CASE("A gap beyond the limit that the log does not have is not told") {
  Limits limits;
  limits.max_fetched_operations = 100;
  Bench bench(0, limits);
  bench.logs.page_operations = 100;
  bench.logs.heads["demo"].last_id = 200;
  bench.take(500, 501);
  CHECK(bench.settled() == "1-100");
}

TEST_CASE("Fetched records are cut into messages that can be sent") {
  Bench bench;
  bench.logs.record_bytes = wire::kMaxRecordBytes / 4;
  bench.logs.heads["demo"].last_id = 9;
  bench.sequencer.observe("demo", log::Head{kOld, 9}, 0);
  bench.sequencer.recover_tails(1000);
  CHECK(text(bench.emitted) == "1-3 4-6 7-9");
  for (const wire::Message& message : bench.emitted) {
    const auto decoded = wire::decode(wire::encode(message));
    REQUIRE(decoded.ok());
    CHECK(decoded->records.size() == 3);
  }
}

TEST_CASE("Pending ranges are bounded: too many settle early") {
  Limits limits;
  limits.max_pending_ranges = 3;
  Bench bench(0, limits);
  for (std::int64_t id : {10, 20, 30}) bench.take(id, id);
  CHECK(bench.out().empty());
  bench.take(40, 40);
  CHECK(bench.out() == "1-9 10-10 11-19 20-20 21-29 30-30 31-39 40-40");
}

TEST_CASE("Pending bytes are bounded too") {
  Limits limits;
  limits.max_pending_bytes = 100;
  Bench bench(0, limits);
  bench.take(2, 9);
  CHECK(bench.out().empty());
  bench.take(11, 19);
  CHECK(bench.out() == "1-1 2-9 10-10 11-19");
}

TEST_CASE("Known instances are bounded: the one used least recently is forgotten and learned again") {
  Limits limits;
  limits.max_instances = 2;
  Bench bench(40, limits);
  for (const char* slug : {"b", "c"}) {
    bench.logs.heads[slug] = {kOld, 7};
    bench.sequencer.observe(slug, bench.logs.heads[slug], 0);
  }
  CHECK(bench.sequencer.known_instances() == 2);
  CHECK_FALSE(bench.sequencer.head("demo").has_value());
  CHECK(bench.logs.closed == std::vector<std::string>{"demo"});
  bench.take(41, 42);
  CHECK(bench.settled() == "41-42");
  CHECK_FALSE(bench.sequencer.head("b").has_value());
}

TEST_CASE("Other kinds are not the sequencer's") {
  Bench bench(40);
  bench.sequencer.take({wire::MessageKind::head, "demo", kOld, 0, 99, {}});
  bench.sequencer.take({wire::MessageKind::heartbeat, "", "", 0, 0, {}});
  CHECK(bench.settled().empty());
  CHECK(bench.sequencer.head("demo")->last_id == 40);
}
