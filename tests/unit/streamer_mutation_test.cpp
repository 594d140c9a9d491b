// Requests with bytes changed, dropped and doubled at random: whatever arrives is refused or means something definite.
#include <catch2/catch.hpp>

#include "base/ids.h"
#include "base/random.h"
#include "json/string.h"
#include "streamer/http_request.h"
#include "streamer/limits.h"
#include "streamer/start_point.h"
#include "streamer/stream_request.h"

using namespace choreo;
using namespace choreo::streamer;

namespace {

const std::vector<std::string> kRequests = {
    "GET /demo/stream HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /demo/stream?last_id=12&op=ALT,NUL&table=a+b&entity=%C3%A9&trace=x HTTP/1.1\r\nLast-Event-ID: 40\r\n\r\n",
    "HEAD http://h/d%65mo/stream?tail=9999&epoch=0123456789abcdef0123456789abcdef&_=1 HTTP/1.1\r\nX-Trace-ID: "
    "t\r\nContent-Length: 3\r\n\r\n",
    "OPTIONS /demo/stream?last_id=latest HTTP/1.0\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-"
    "b7ad6b7169203331-01\r\n\r\n"};

std::string mutate(std::string text, Random& random) {
  const auto at = [&] { return random.next_u64() % text.size(); };
  for (std::uint64_t changes = 1 + random.next_u64() % 4; changes > 0; --changes) {
    switch (random.next_u64() % 4) {
      case 0:
        text[at()] = static_cast<char>(random.next_u64());
        break;
      case 1:
        text.erase(at(), 1 + random.next_u64() % 3);
        break;
      case 2:
        text.insert(at(), text.substr(at(), random.next_u64() % 8));
        break;
      default:
        text[at()] = "%&=?/+,0\r\n \x00\xff"[random.next_u64() % 13];
    }
    if (text.empty()) text = " ";
  }
  return text;
}

// What must hold for a request that was understood.
void check_request(const StreamRequest& request) {
  REQUIRE(check_slug(request.slug).ok());
  REQUIRE(request.start.value >= 0);
  REQUIRE((request.start.from != Start::From::tail || request.start.value <= kMaxTail));
  REQUIRE(request.epoch.size() <= kMaxEpochBytes);
  const StartPoint start = start_point(request, {"0123456789abcdef0123456789abcdef", 50}, 3000);
  REQUIRE((start.cursor >= 0 && start.cursor <= 50));
}

}  // namespace

TEST_CASE("a damaged request is refused or means something definite") {
  SeededRandom random(11);
  int understood = 0;
  for (int i = 0; i < 40'000; ++i) {
    const auto head = parse_head(mutate(kRequests[random.next_u64() % kRequests.size()], random), random);
    if (!head.ok()) continue;
    REQUIRE_FALSE(head->trace_id.empty());
    auto target = http::parse_target(head->target);
    if (!target.ok() || target->path.size() != 2) continue;
    const auto request = parse_stream_request(*head, *target);
    if (request.ok()) {
      ++understood;
      check_request(*request);
    } else {
      REQUIRE(request.error().kind == ErrorKind::invalid);
      // A parameter without a name has none.
      REQUIRE((!request.error().field.empty() || request.error().code == "unknown_parameter"));
      REQUIRE(json::is_utf8(request.error().message));
    }
  }
  CHECK(understood > 1000);
}
