#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "append/appender.h"
#include "base/limits.h"
#include "base/semaphore.h"
#include "log/live_view.h"
#include "log/projection_store.h"
#include "log/reader.h"
#include "log/writer.h"
#include "operation/wire_forms.h"
#include "sqlite/database.h"
#include "support/temporary_directory.h"

using namespace choreo;

namespace {

// Time passes with each look, so that a report of progress is due at each row, until it is told to stand still.
struct HastyClock : Clock {
  std::atomic<std::int64_t> now{0};
  std::atomic<std::int64_t> step{1000};
  std::int64_t wall_ms() override { return system_clock().wall_ms(); }
  std::int64_t steady_ms() override { return now += step; }
};

struct Fixture {
  explicit Fixture(append::Options limits = {}) : options(limits) {
    for (const char* slug : {"x", "y"}) REQUIRE(instances.create(slug).ok());
  }
  test::TemporaryDirectory dir;
  log::Instances instances = log::Instances::open(dir.path()).value();
  HastyClock clock;
  append::Options options;
  bool publisher_throws = false;
  append::Appender appender{instances, clock, system_random(), options, [this](const append::Committed&) {
                              if (publisher_throws) throw std::bad_alloc();
                            }};

  static append::Request request(const std::string& body) {
    append::Request request;
    request.draft = parse_operation(body).value();
    return request;
  }
  Result<append::Answer> post(const std::string& body, const std::string& slug = "x") {
    return appender.append(slug, request(body));
  }
  std::int64_t head(const std::string& slug = "x") {
    return log::Reader::open(instances, slug).value().head().value().last_id;
  }
};

std::string ins(const std::string& id, std::size_t text_bytes = 0) {
  return R"({"op":"INS","target":{"id":")" + id + R"(","v":")" + std::string(text_bytes, 'v') +
         R"("},"context":{"table":"t"}})";
}

std::string rule(const std::string& id, const std::string& text) {
  return R"({"op":"REC","target":{"id":")" + id +
         R"(","trigger":{"op":"INS"},"action":{"op":"INS","target_template":{"id":")" + id +
         R"(-{trigger.target.id}","n":")" + text +
         R"("},"context":{"table":"made"}}},"context":{"type":"feedback_rule"}})";
}

std::string snapshot(int rows) {
  std::string body = R"({"op":"REC","target":{"rows":[)";
  for (int i = 0; i < rows; ++i) body += (i ? ",{\"id\":\"r" : "{\"id\":\"r") + std::to_string(i) + "\"}";
  return body + R"(]},"context":{"type":"snapshot_ingest","table":"t"}})";
}

struct Waited : append::Task {
  void finished() override { done.post(); }
  Semaphore done;
};

}  // namespace

TEST_CASE("faults_a3 a snapshot that stands still holds up no append to another instance") {
  Fixture f;
  Semaphore reached, go_on;
  std::atomic<bool> first = true;
  Waited compound;
  compound.request = Fixture::request(snapshot(10));
  compound.request.report = [&](const append::Progress&) {
    if (!first.exchange(false)) return;
    f.clock.step = 0;
    reached.post();
    go_on.wait();
  };
  REQUIRE(f.appender.submit("x", compound).ok());
  reached.wait();
  // Appends of other instances are committed meanwhile, as is a seed of another. What follows would wait for ever.
  for (int i = 0; i < 20; ++i) CHECK(f.post(ins("a"), "y").ok());
  CHECK(f.head("y") == 20);
  CHECK(f.head("x") == 0);
  go_on.post();
  compound.done.wait();
  CHECK(compound.result->ok());
  CHECK(f.head("x") == 11);
}

TEST_CASE("faults_a3 appends that wait behind a compound operation are committed after it, in their order") {
  Fixture f;
  std::vector<std::unique_ptr<Waited>> tasks;
  for (int i = 0; i < 40; ++i) {
    tasks.push_back(std::make_unique<Waited>());
    tasks.back()->request = Fixture::request(i % 7 == 3 ? snapshot(3) : ins("a" + std::to_string(i)));
    REQUIRE(f.appender.submit("x", *tasks.back()).ok());
  }
  std::int64_t last = 0;
  for (const auto& task : tasks) {
    task->done.wait();
    REQUIRE(task->result->ok());
    CHECK((*task->result)->operation.id > last);
    last = (*task->result)->operation.id;
  }
}

TEST_CASE("faults_a4 what one rule makes has a limit, and is among the rule errors beyond it") {
  append::Options options;
  options.generated.template_bytes = 2000;
  Fixture f(options);
  REQUIRE(f.post(rule("r", "{trigger.target.v}{trigger.target.v}{trigger.target.v}")).ok());
  const auto small = f.post(ins("small", 600));
  REQUIRE(small.ok());
  CHECK(small->generated_count == 1);
  const auto large = f.post(ins("large", 700));
  REQUIRE(large.ok());
  CHECK(large->generated_count == 0);
  REQUIRE(large->extra_members.size() == 1);
  CHECK(large->extra_members[0].find("larger than an operation may be") != std::string::npos);
  CHECK(f.head() == 4);
}

TEST_CASE("faults_a4 all that a request generates has a limit of bytes, and is refused whole beyond it") {
  append::Options options;
  options.generated.bytes = 10'000;
  Fixture f(options);
  for (int i = 0; i < 5; ++i) REQUIRE(f.post(rule("r" + std::to_string(i), "{trigger.target.v}")).ok());
  CHECK(f.post(ins("fits", 1500)).ok());
  const std::int64_t head = f.head();
  const auto refused = f.post(ins("large", 3000));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::too_large);
  CHECK(refused.error().code == "generated_too_large");
  CHECK(refused.error().extra.find("\"limit\":10000") != std::string::npos);
  CHECK(f.head() == head);
  CHECK(f.post(ins("next", 1)).ok());
  CHECK_FALSE(log::Reader::open(f.instances, "x").value().entity("t", "large").value().has_value());
}

TEST_CASE("faults_a5 a request generates so many operations, and not one more") {
  append::Options options;
  options.generated.operations = 20;
  Fixture f(options);
  CHECK(f.post(snapshot(20)).ok());
  CHECK(f.head() == 21);
  const auto refused = f.post(snapshot(41));  // 20 of them are there
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::too_large);
  CHECK(refused.error().code == "too_many_generated");
  CHECK(refused.error().extra == "\"generated\":21,\"limit\":20");
  CHECK(f.head() == 21);

  // Rules count, and a seed is one request.
  REQUIRE(f.post(rule("r", "n")).ok());
  CHECK(f.post(snapshot(31)).error().code == "too_many_generated");
  CHECK(f.post(snapshot(30)).ok());
  const auto seed = [&](int count) {
    int i = 0;
    return f.appender.seed(
        "y",
        [&, count]() -> Result<std::optional<Draft>> {
          if (i == count) return std::optional<Draft>();
          return std::optional(parse_operation(ins("s" + std::to_string(i++))).value());
        },
        "");
  };
  REQUIRE(f.appender.append("y", Fixture::request(rule("r", "n"))).ok());
  const auto too_many = seed(21);
  REQUIRE_FALSE(too_many.ok());
  CHECK(too_many.error().code == "too_many_generated");
  CHECK(too_many.error().index == 20);
  CHECK(f.head("y") == 1);
  CHECK(seed(20).value() == 20);
  CHECK(f.head("y") == 41);
}

TEST_CASE("faults_a14 what waits in the queue of appends is bounded by length and by bytes") {
  append::Options options;
  options.max_waiting = 8;  // four of one instance
  options.max_waiting_bytes = 100'000;
  Fixture f(options);
  Semaphore reached, go_on;
  std::atomic<bool> first = true;
  Waited holder;
  holder.request = Fixture::request(snapshot(3));
  holder.request.report = [&](const append::Progress&) {
    if (!first.exchange(false)) return;
    f.clock.step = 0;
    reached.post();
    go_on.wait();
  };
  REQUIRE(f.appender.submit("x", holder).ok());
  reached.wait();
  const bool by_bytes = GENERATE(false, true);
  std::vector<std::unique_ptr<Waited>> tasks;
  for (int i = 0; i < (by_bytes ? 2 : 3); ++i) {
    tasks.push_back(std::make_unique<Waited>());
    tasks.back()->request = Fixture::request(ins("a", by_bytes ? 20'000 : 10));
    REQUIRE(f.appender.submit("x", *tasks.back()).ok());
  }
  const auto refused = f.post(ins("b", by_bytes ? 20'000 : 10));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().code == "queue_full");
  CHECK(f.post(ins("other", 55'000), "y").ok());  // has room of its own; what is alone is always taken
  go_on.post();
  holder.done.wait();
  for (const auto& task : tasks) {
    task->done.wait();
    CHECK(task->result->ok());
  }
  CHECK(f.post(ins("c")).ok());
}

TEST_CASE("faults_b5 an exception after the commit is not answered as a refusal") {
  Fixture f;
  f.publisher_throws = true;
  const auto answer = f.post(ins("a"));
  REQUIRE(answer.ok());
  CHECK(answer->operation.id == 1);
  int left = 3;
  const auto seeded = f.appender.seed(
      "x",
      [&]() -> Result<std::optional<Draft>> {
        if (left-- == 0) return std::optional<Draft>();
        return std::optional(parse_operation(ins("s")).value());
      },
      "");
  REQUIRE(seeded.ok());
  CHECK(f.head() == 4);
}

TEST_CASE("faults_b5 a transaction that fails after its BEGIN does not go on holding the write lock") {
  Fixture f;
  log::Writer writer = log::Writer::open(f.instances, "x", 0, system_random()).value();
  auto other = sqlite::Database::open(f.instances.db_path("x"), sqlite::OpenMode::read_write, 0).value();
  REQUIRE(other.exec("DELETE FROM state").ok());
  const Status begun = writer.begin();
  REQUIRE_FALSE(begun.ok());
  CHECK(begun.error().code == "corrupt");
  CHECK(other.exec("BEGIN IMMEDIATE; ROLLBACK").ok());
}

TEST_CASE("faults_a7_an entity gathers so many bytes, and not one more") {
  Fixture f;
  REQUIRE(f.post(ins("small", 100)).ok());
  using log::kMaxEntityBytes;
  log::Reader reader = log::Reader::open(f.instances, "x").value();
  const std::size_t around = log::LiveView::open(reader).value()->find("t", "small").value()->data.size() - 100;
  REQUIRE(f.post(ins("full", kMaxEntityBytes - around)).ok());
  CHECK(f.head() == 2);
  const auto check_refused = [&](const std::string& body) {
    const auto refused = f.post(body);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::too_large);
    CHECK(refused.error().code == "entity_too_large");
    CHECK(refused.error().extra == "\"limit\":" + std::to_string(kMaxEntityBytes));
    CHECK(refused.error().message.find(std::to_string(kMaxEntityBytes)) != std::string::npos);
    CHECK(f.head() == 2);
  };
  check_refused(ins("beyond", kMaxEntityBytes - around + 1));
  const std::string of_full = R"("id":"full")", in_t = R"(,"context":{"table":"t"}})";
  check_refused(R"({"op":"ALT","target":{)" + of_full + R"(,"w":1})" + in_t);
  check_refused(R"({"op":"DES","target":{)" + of_full + R"(,"w":1})" + in_t);
  CHECK_FALSE(log::LiveView::open(reader).value()->find("t", "beyond").value().has_value());

  // What one rule makes of an operation counts as the operation's own: nothing stays of either.
  REQUIRE(f.post(R"({"op":"REC","target":{"id":"r","trigger":{"op":"INS","match":{"target.v":""}},)"
                 R"("action":{"op":"DES","target_template":{"id":"full","w":1},"context":{"table":"t"}}},)"
                 R"("context":{"type":"feedback_rule"}})")
              .ok());
  const auto by_rule = f.post(ins("cause"));
  REQUIRE_FALSE(by_rule.ok());
  CHECK(by_rule.error().code == "entity_too_large");
  CHECK(f.head() == 3);

  // It can be made shorter, and ended; and its neighbours are not kept from anything.
  CHECK(f.post(R"({"op":"ALT","target":{)" + of_full + R"(,"v":"short"})" + in_t).ok());
  CHECK(f.post(R"({"op":"ALT","target":{)" + of_full + R"(,"w":1})" + in_t).ok());
  CHECK(f.post(R"({"op":"NUL","target":{)" + of_full + "}" + in_t).ok());
  CHECK(f.post(ins("next", 1)).ok());
}

TEST_CASE("faults_a7_an entity that was too long before there was a limit is replayed, made shorter and ended") {
  Fixture f;
  auto writer = log::Writer::open(f.instances, "x", 1000, system_random(), kDefaultSnapshotInterval, 1 << 30).value();
  const auto append = [&](const std::string& body) {
    REQUIRE(writer.begin().ok());
    const bool taken = writer.append(parse_operation(body).value(), 1).ok();
    if (!taken) writer.rollback();
    if (taken) REQUIRE(writer.commit({}, {}).ok());
    return taken;
  };
  const std::string in_t = R"(},"context":{"table":"t"}})";
  REQUIRE(append(ins("a", 2000)));
  REQUIRE(append(ins("b", 2000)));
  writer.projection().limit_entities(1000);
  CHECK_FALSE(append(ins("c", 2000)));
  CHECK_FALSE(append(R"({"op":"ALT","target":{"id":"a","w":1)" + in_t));
  CHECK(writer.rebuild().ok());
  CHECK(append(R"({"op":"ALT","target":{"id":"a","v":")" + std::string(1500, 'v') + "\"" + in_t));
  CHECK(append(R"({"op":"ALT","target":{"id":"a","v":"short")" + in_t));
  CHECK(append(R"({"op":"ALT","target":{"id":"a","w":1)" + in_t));
  CHECK(append(R"({"op":"NUL","target":{"id":"b")" + in_t));
  CHECK(f.head() == 6);
}
