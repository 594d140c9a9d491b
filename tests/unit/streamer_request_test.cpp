#include <catch2/catch.hpp>
#include <limits>

#include "base/random.h"
#include "streamer/http_request.h"
#include "streamer/start_point.h"
#include "streamer/stream_request.h"

using namespace choreo;
using namespace choreo::streamer;

namespace {

SeededRandom g_random(1);

RequestHead head_of(const std::string& text) {
  auto head = parse_head(text, g_random);
  REQUIRE(head.ok());
  return *head;
}

Result<StreamRequest> request_of(const std::string& target, const std::string& headers = "") {
  const RequestHead head = head_of("GET " + target + " HTTP/1.1\r\n" + headers + "\r\n");
  auto parsed = http::parse_target(head.target);
  REQUIRE(parsed.ok());
  return parse_stream_request(head, *parsed);
}

StreamRequest good(const std::string& target, const std::string& headers = "") {
  auto request = request_of(target, headers);
  REQUIRE(request.ok());
  return std::move(*request);
}

void refused(const std::string& target, const std::string& code, const std::string& field,
             const std::string& headers = "") {
  CAPTURE(target, headers);
  const auto request = request_of(target, headers);
  REQUIRE_FALSE(request.ok());
  CHECK(request.error().kind == ErrorKind::invalid);
  CHECK(request.error().code == code);
  CHECK(request.error().field == field);
}

const log::Head kLog{"0123456789abcdef0123456789abcdef", 50};

StartPoint start_of(const std::string& target, const std::string& headers = "") {
  return start_point(good(target, headers), kLog, 3000);
}

}  // namespace

TEST_CASE("the head of a request") {
  const RequestHead head =
      head_of("HEAD /demo/stream?x=1 HTTP/1.1\r\nHost: a\r\nlast-event-id:  7 \r\nX-Trace-ID: my trace\r\n\r\n");
  CHECK(head.method == Method::head);
  CHECK(head.target == "/demo/stream?x=1");
  CHECK(head.last_event_id == "7");
  CHECK(head.trace_id == "my trace");
}

TEST_CASE("a trace id comes from the client, or is made") {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  CHECK(head_of("GET / HTTP/1.1\r\ntraceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n\r\n").trace_id == trace);
  CHECK(
      head_of("GET / HTTP/1.1\r\nX-Trace-ID: caf\xc3\xa9\r\ntraceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n\r\n")
          .trace_id == trace);
  CHECK(head_of("GET / HTTP/1.1\r\n\r\n").trace_id.size() == 32);
}

TEST_CASE("what is not HTTP is refused") {
  for (const char* text : {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\r\n\r\n",
                           "GET / HTTP/1.1\r\nbad header\r\n\r\n", "GET / HTTP/1.1\r\nA: \x01\r\n\r\n",
                           "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    CAPTURE(text);
    const auto head = parse_head(text, g_random);
    REQUIRE_FALSE(head.ok());
    CHECK(head.error().code == "bad_request");
  }
}

TEST_CASE("other methods are told apart, not refused here") {
  CHECK(head_of("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n").method == Method::other);
  CHECK(head_of("BREW / HTTP/1.1\r\n\r\n").method == Method::other);
  CHECK(head_of("OPTIONS / HTTP/1.0\r\n\r\n").method == Method::options);
}

TEST_CASE("where a stream starts") {
  CHECK(good("/demo/stream").start.from == Start::From::beginning);
  CHECK(good("/demo/stream?last_id=12").start.value == 12);
  CHECK(good("/demo/stream?last_id=latest").start.from == Start::From::latest);
  CHECK(good("/demo/stream?tail=3").start.from == Start::From::tail);
  CHECK(good("/d%65mo/stream").slug == "demo");
}

TEST_CASE("Last-Event-ID wins over the query, whose errors still show") {
  CHECK(good("/demo/stream?last_id=12", "Last-Event-ID: 40\r\n").start.value == 40);
  CHECK(good("/demo/stream?tail=12", "Last-Event-ID: 40\r\n").start.from == Start::From::after);
  CHECK(good("/demo/stream?last_id=12", "Last-Event-ID:\r\n").start.value == 12);
  refused("/demo/stream?last_id=x", "bad_parameter", "last_id", "Last-Event-ID: 40\r\n");
}

TEST_CASE("bad parameters name the field") {
  for (const char* value : {"-1", "1.5", "Latest", "1e3", "%20", "0x10", "1%00"})
    refused(std::string("/demo/stream?last_id=") + value, "bad_parameter", "last_id");
  for (const char* value : {"-1", "10001", "latest", "99999999999999999999"})
    refused(std::string("/demo/stream?tail=") + value, "bad_parameter", "tail");
  for (const char* value : {"-1", "abc", "1,2", "1 2", "\"1\""})
    refused("/demo/stream", "bad_parameter", "Last-Event-ID", std::string("Last-Event-ID: ") + value + "\r\n");
  refused("/demo/stream?epoch=", "bad_parameter", "epoch");
  refused("/demo/stream?epoch=a%20b", "bad_parameter", "epoch");
  refused("/demo/stream?epoch=" + std::string(65, 'a'), "bad_parameter", "epoch");
  refused("/demo/stream?epoch=a&epoch=b", "bad_parameter", "epoch");
  refused("/demo/stream?last_id=1&last_id=2", "bad_parameter", "last_id");
  refused("/demo/stream?last_id=1&tail=2", "bad_parameter", "tail");
  refused("/demo/stream?op=XXX", "bad_operator", "op");
  refused("/Demo/stream", "bad_slug", "slug");
  refused("/instances/stream", "reserved_slug", "slug");
}

TEST_CASE("faults_f8_parameters_that_no_stream_takes") {
  CHECK(good("/demo/stream?_=1699&utm_source=mail&utm_=").start.from == Start::From::beginning);
  refused("/demo/stream?tables=orders", "unknown_parameter", "tables");
  refused("/demo/stream?nocache", "unknown_parameter", "nocache");
  refused("/demo/stream?Last_id=1", "unknown_parameter", "Last_id");
  CHECK(request_of("/demo/stream?tables=orders").error().message.find("did you mean 'table'?") != std::string::npos);
  CHECK(request_of("/demo/stream?offset=3").error().message.find("did you mean 'last_id'?") != std::string::npos);
}

TEST_CASE("faults_f8_lastEventId_is_a_position_as_the_header_is") {
  CHECK(good("/demo/stream?lastEventId=40").start.value == 40);
  CHECK(good("/demo/stream?lastEventId=latest").start.from == Start::From::latest);
  CHECK(good("/demo/stream?lastEventId=").start.from == Start::From::beginning);
  CHECK(good("/demo/stream?last_id=12&lastEventId=40").start.value == 40);
  CHECK(good("/demo/stream?tail=12&lastEventId=40").start.from == Start::From::after);
  CHECK(good("/demo/stream?lastEventId=40", "Last-Event-ID: 50\r\n").start.value == 50);
  CHECK(good("/demo/stream?lastEventId=007").start.after_reset);
  refused("/demo/stream?lastEventId=x", "bad_parameter", "lastEventId");
  refused("/demo/stream?lastEventId=1&lastEventId=2", "bad_parameter", "lastEventId");
}

TEST_CASE("faults_c12_an_empty_parameter_counts_as_absent_but_for_the_epoch") {
  for (const char* name :
       {"last_id", "tail", "table", "entity", "trace", "op", "event", "lastEventId", "access_token"}) {
    CAPTURE(name);
    const StreamRequest request = good("/demo/stream?" + std::string(name) + "=");
    CHECK(request.start.from == Start::From::beginning);
    CHECK(request.filter.empty());
  }
  refused("/demo/stream?epoch=", "bad_parameter", "epoch");
}

TEST_CASE("faults_c12_what_can_be_no_epoch_is_refused") {
  for (const char* epoch : {"undefined", "null", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef0",
                            "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdeg"})
    refused("/demo/stream?epoch=" + std::string(epoch), "bad_parameter", "epoch");
  CHECK(good("/demo/stream?epoch=" + kLog.epoch).epoch == kLog.epoch);
}

TEST_CASE("faults_c12_given_twice_is_refused_but_for_alternatives") {
  for (const char* name : {"last_id", "tail", "lastEventId"})
    refused("/demo/stream?" + std::string(name) + "=1&" + name + "=1", "bad_parameter", name);
  refused("/demo/stream?event=a&event=b", "bad_parameter", "event");
  refused("/demo/stream?access_token=a&access_token=b", "bad_parameter", "access_token");
  CHECK(good("/demo/stream?table=a&table=b&op=ALT&op=NUL").filter.matches(Facts{Operator::NUL, "b", {"x"}, ""}));
}

TEST_CASE("filters come percent-encoded") {
  const Filter filter = good("/demo/stream?table=my+table&entity=a%2Cb%26c&op=ALT,NUL").filter;
  CHECK(filter.matches(Facts{Operator::NUL, "my table", {"a,b&c"}, ""}));
  CHECK_FALSE(filter.matches(Facts{Operator::INS, "my table", {"a,b&c"}, ""}));
}

TEST_CASE("a number that no id can be is past every head") {
  CHECK(good("/demo/stream?last_id=99999999999999999999999").start.value == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a stream's cursor") {
  CHECK(start_of("/demo/stream").cursor == 0);
  CHECK(start_of("/demo/stream?last_id=12").cursor == 12);
  CHECK(start_of("/demo/stream?last_id=50").cursor == 50);
  CHECK(start_of("/demo/stream?tail=3").cursor == 47);
  CHECK(start_of("/demo/stream?tail=60").cursor == 0);
  CHECK(start_of("/demo/stream?tail=0").cursor == 50);
  CHECK(start_of("/demo/stream?last_id=12").opening == ": epoch " + kLog.epoch + "\nretry: 3000\n");
}

TEST_CASE("the latest are told their position at once") {
  const StartPoint start = start_of("/demo/stream?last_id=latest");
  CHECK(start.cursor == 50);
  CHECK(start.opening.find("id: 50\nevent: position\n") != std::string::npos);
}

TEST_CASE("a filtered tail has to be searched for") {
  const StartPoint start = start_of("/demo/stream?tail=3&op=ALT");
  CHECK(start.cursor == 50);
  CHECK(start.tail == 3);
  CHECK(start_of("/demo/stream?tail=0&op=ALT").tail == 0);
}

TEST_CASE("a position past the head is reset once") {
  const StartPoint start = start_of("/demo/stream?last_id=51");
  CHECK(start.cursor == 0);
  CHECK(start.opening.find("id: 0\nevent: reset\ndata: {\"head\":50,\"epoch\":\"" + kLog.epoch + "\"}\n\n") !=
        std::string::npos);
  CHECK_FALSE(start.after_reset);
  // What an EventSource does after it: the same URL, with the id it saw.
  const StartPoint again = start_of("/demo/stream?last_id=51", "Last-Event-ID: 0\r\n");
  CHECK(again.cursor == 0);
  CHECK(again.opening.find("reset") == std::string::npos);
}

TEST_CASE("another epoch is reset, whatever the position") {
  for (const char* headers : {"", "Last-Event-ID: 3\r\n"}) {
    const StartPoint start = start_of("/demo/stream?last_id=latest&epoch=ffffffffffffffffffffffffffffffff", headers);
    CHECK(start.cursor == 0);
    CHECK(start.after_reset);
    CHECK(start.opening.find("id: 00\nevent: reset\n") != std::string::npos);
    CHECK(start.opening.find("position") == std::string::npos);
  }
}

TEST_CASE("an EventSource that was reset for its epoch resumes with the ids it saw since") {
  for (const char* headers : {"Last-Event-ID: 03\r\n", "Last-Event-ID: 00\r\n"}) {
    const StartPoint start = start_of("/demo/stream?last_id=40&epoch=ffffffffffffffffffffffffffffffff", headers);
    CHECK(start.cursor == (std::string(headers).find("03") != std::string::npos ? 3 : 0));
    CHECK(start.after_reset);
    CHECK(start.opening.find("reset") == std::string::npos);
  }
  const StartPoint past = start_of("/demo/stream?epoch=ffffffffffffffffffffffffffffffff", "Last-Event-ID: 099\r\n");
  CHECK(past.cursor == 0);
  CHECK(past.opening.find("id: 00\nevent: reset\n") != std::string::npos);
}

TEST_CASE("the same epoch is no reason for a reset") {
  const StartPoint start = start_of("/demo/stream?last_id=40&epoch=" + kLog.epoch);
  CHECK(start.cursor == 40);
  CHECK_FALSE(start.after_reset);
  CHECK(start.opening.find("reset") == std::string::npos);
}

TEST_CASE("faults_e1_the name of operations' events is one line, and none of the stream's own") {
  CHECK(good("/a/stream").event_name == "");
  CHECK(good("/a/stream?event=message").event_name == "message");
  CHECK(good("/a/stream?event=shop%20update%C3%A9").event_name == "shop update\u00e9");
  CHECK(good("/a/stream?event=" + std::string(64, 'n')).event_name.size() == 64);
  refused("/a/stream?event=" + std::string(65, 'n'), "bad_parameter", "event");
  refused("/a/stream?event=a%0Adata:x", "bad_parameter", "event");
  refused("/a/stream?event=a%0Dx", "bad_parameter", "event");
  refused("/a/stream?event=a%00", "bad_parameter", "event");
  for (const char* own : {"position", "reset", "gone", "denied"})
    refused(std::string("/a/stream?event=") + own, "bad_parameter", "event");
  refused("/a/stream?event=a&event=b", "bad_parameter", "event");
}
