#include "streamer/ring.h"

#include <catch2/catch.hpp>

#include "base/clock.h"
#include "streamer/limits.h"
#include "streamer/page_cache.h"

using namespace choreo;
using namespace choreo::streamer;

namespace {

EventPtr event(std::int64_t id, std::size_t padding = 0) {
  return std::make_shared<const Event>(
      id, "{\"id\":" + std::to_string(id) + ",\"p\":\"" + std::string(padding, 'x') + "\"}");
}

Ring filled(std::int64_t first, std::int64_t last) {
  Ring ring;
  for (std::int64_t id = first; id <= last; ++id) ring.push(event(id));
  return ring;
}

PagePtr page(std::int64_t after, std::int64_t last, std::size_t bytes = 100) {
  auto made = std::make_shared<Page>();
  made->after = after;
  made->bytes = bytes;
  for (std::int64_t id = after + 1; id <= last; ++id) made->events.push_back(event(id));
  return made;
}

}  // namespace

TEST_CASE("a ring serves exactly the cursors whose next event it has") {
  const Ring ring = filled(10, 20);
  CHECK(ring.following(8).empty());
  REQUIRE(ring.following(9).size() == 11);
  CHECK(ring.following(9).front()->id() == 10);
  REQUIRE(ring.following(19).size() == 1);
  CHECK(ring.following(19).front()->id() == 20);
  CHECK(ring.following(20).empty());
  CHECK(ring.following(25).empty());
  CHECK(Ring().following(0).empty());
}

TEST_CASE("a ring keeps a bounded number of events") {
  const std::int64_t last = 3 * static_cast<std::int64_t>(kRingEvents);
  const Ring ring = filled(1, last);
  CHECK(ring.last() == last);
  CHECK(ring.first() == last - static_cast<std::int64_t>(kRingEvents) + 1);
  CHECK(ring.following(ring.first() - 2).empty());
  CHECK(ring.following(ring.first() - 1).front()->id() == ring.first());
  CHECK(ring.following(ring.first() - 1).back()->id() == last);
}

TEST_CASE("a ring keeps a bounded number of bytes, and the newest event whatever its size") {
  Ring ring;
  for (std::int64_t id = 1; id <= 10; ++id) ring.push(event(id, kRingBytes / 4));
  CHECK(ring.following(9).size() == 1);
  CHECK(ring.last() - ring.first() + 1 == 3);
  ring.push(event(11, 2 * kRingBytes));
  CHECK(ring.first() == 11);
  CHECK(ring.last() == 11);
  ring.push(event(12));
  CHECK(ring.first() == 12);
}

TEST_CASE("a cleared ring starts anywhere") {
  Ring ring = filled(1, 5);
  ring.clear();
  CHECK(ring.empty());
  CHECK(ring.following(4).empty());
  ring.push(event(100));
  CHECK(ring.following(99).size() == 1);
  CHECK(ring.following(4).empty());
}

TEST_CASE("a page serves cursors inside it, also where the log has a gap") {
  auto gapped = std::make_shared<Page>();
  gapped->after = 10;
  gapped->events = {event(11), event(14), event(15)};
  CHECK(gapped->following(9).empty());
  CHECK(gapped->following(10).size() == 3);
  CHECK(gapped->following(12).front()->id() == 14);
  CHECK(gapped->following(15).empty());
  CHECK(Page().following(0).empty());
}

TEST_CASE("a cached page is found by every cursor it can serve") {
  ManualClock clock(0);
  PageCache cache(1000, clock);
  cache.insert("demo/e", page(0, 10));
  cache.insert("demo/e", page(10, 20));
  CHECK(cache.find("demo/e", 0)->after == 0);
  CHECK(cache.find("demo/e", 9)->after == 0);
  CHECK(cache.find("demo/e", 10)->after == 10);
  CHECK(cache.find("demo/e", 20) == nullptr);
  CHECK(cache.find("demo/other", 0) == nullptr);
}

TEST_CASE("a newer page of the same place replaces the older one; empty ones are not kept") {
  ManualClock clock(0);
  PageCache cache(1000, clock);
  cache.insert("demo/e", page(5, 6));
  cache.insert("demo/e", page(5, 9));
  CHECK(cache.find("demo/e", 7)->last() == 9);
  cache.insert("demo/e", page(9, 9));
  CHECK(cache.find("demo/e", 9) == nullptr);
}

TEST_CASE("the page used least recently makes room") {
  ManualClock clock(0);
  PageCache cache(300, clock);
  cache.insert("a/e", page(0, 10));
  cache.insert("b/e", page(0, 10));
  cache.insert("c/e", page(0, 10));
  REQUIRE(cache.find("a/e", 0));
  cache.insert("d/e", page(0, 10));
  CHECK(cache.find("b/e", 0) == nullptr);
  CHECK(cache.find("a/e", 0));
  CHECK(cache.find("c/e", 0));
  CHECK(cache.find("d/e", 0));
  cache.insert("e/e", page(0, 10, 301));
  CHECK(cache.find("e/e", 0) == nullptr);
}

TEST_CASE("a page nobody asks for is dropped after a while") {
  ManualClock clock(0);
  PageCache cache(1000, clock);
  cache.insert("a/e", page(0, 10));
  cache.insert("b/e", page(0, 10));
  clock.advance(kPageIdleMs - 1);
  REQUIRE(cache.find("a/e", 0));
  clock.advance(1);
  CHECK_FALSE(cache.drop_idle());
  CHECK(cache.find("a/e", 0));
  CHECK(cache.find("b/e", 0) == nullptr);
}
