// What is let through to libfcgi, and how much of it there is.
#include <catch2/catch.hpp>

#include "fcgi/server/limits.h"
#include "fcgi/server/record_scan.h"
#include "unit/fcgi_wire.h"

using namespace choreo;
using namespace choreo::fcgi::server;
using namespace choreo::fcgi_wire;

namespace {

bool breaks(std::string_view bytes) {
  RecordScan whole, pieces;
  const Status status = whole.take(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!pieces.take(bytes.substr(i, 1)).ok()) return !status.ok() && status.error().code == "fastcgi";
  return false;
}

}  // namespace

TEST_CASE("a request is told whole at its last byte, in pieces of any size") {
  const std::string bytes = request(pair("REQUEST_METHOD", "POST") + pair("LONG", std::string(300, 'v')), "{\"a\":1}");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RecordScan scan;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      CHECK_FALSE(scan.whole());
      REQUIRE(scan.take(std::string_view(bytes).substr(at, piece)).ok());
    }
    CHECK(scan.whole());
    CHECK(scan.has_parameters());
    CHECK(scan.body_bytes() == 7);
  }
}

TEST_CASE("the end of what came is told to be content of the body, or not") {
  RecordScan scan;
  REQUIRE(scan.take(begin() + records(4, pair("A", "1"))).ok());
  CHECK(scan.has_parameters());
  CHECK_FALSE(scan.ends_in_body());
  const std::string body = record(5, "body", 3);
  REQUIRE(scan.take(std::string_view(body).substr(0, 10)).ok());
  CHECK(scan.ends_in_body());
  REQUIRE(scan.take(std::string_view(body).substr(10, 3)).ok());
  CHECK_FALSE(scan.ends_in_body());
  CHECK(scan.body_bytes() == 4);
}

TEST_CASE("what is no request of a web server is refused before libfcgi reads it") {
  CHECK(breaks("GET / HTTP/1.1\r\n\r\n"));
  CHECK(breaks(record(1, std::string(8, '\0'), 0, 1, 2)));             // another version
  CHECK(breaks(record(4, pair("A", "1"))));                            // parameters of no request
  CHECK(breaks(begin() + begin()));                                    // two at once
  CHECK(breaks(begin(2)));                                             // another role
  CHECK(breaks(begin() + record(4, pair("A", "1"), 0, 2)));            // of another request
  CHECK(breaks(begin() + record(5, "body")));                          // a body before the parameters' end
  CHECK(breaks(begin() + record(4, "") + record(4, pair("A", "1"))));  // parameters after it
  CHECK(breaks(request(pair("A", "1"), "x") + record(5, "more")));     // after the end
  CHECK(breaks(begin() + record(2, "")));                              // given up
  CHECK(breaks(record(9, "FCGI_MAX_CONNS", 0, 0)));                    // about the connection: libfcgi overflows
  CHECK(breaks(begin() + record(4, std::string("\x05\x01") + "abc") + record(4, "")));  // longer than the parameters
  CHECK(breaks(begin() + record(4, "\xff") + record(4, "")));
  CHECK(breaks(begin() + record(4, std::string("\xff\xff\xff\xff\x01", 5))));  // libfcgi would allocate it
  CHECK(breaks(record(1, "")));
}

TEST_CASE("faults_a14_parameters have a limit") {
  const auto with = [](std::size_t bytes) {
    std::string parameters = pair("A", std::string(bytes - 1 - 1 - 4, 'x'));
    REQUIRE(parameters.size() == bytes);
    RecordScan scan;
    return scan.take(request(parameters, ""));
  };
  CHECK(with(kMaxParameterBytes).ok());
  const Status refused = with(kMaxParameterBytes + 1);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::too_large);
}
