// FastCGI records: requests in any pieces, and what is no request.
#include <catch2/catch.hpp>

#include "fcgi/records.h"

using namespace choreo;
using namespace choreo::fcgi;

namespace {

std::string record(int type, std::string_view content, int padding = 0, int id = 1, int version = 1) {
  std::string out;
  out += static_cast<char>(version);
  out += static_cast<char>(type);
  out += static_cast<char>(id >> 8);
  out += static_cast<char>(id & 0xff);
  out += static_cast<char>(content.size() >> 8);
  out += static_cast<char>(content.size() & 0xff);
  out += static_cast<char>(padding);
  out += '\0';
  return out.append(content).append(static_cast<std::size_t>(padding), '#');
}

std::string begin(int role = 1, int flags = 1) {
  return record(1, std::string{'\0', static_cast<char>(role), static_cast<char>(flags), 0, 0, 0, 0, 0});
}

std::string pair(std::string_view name, std::string_view value) {
  std::string out;
  for (const std::size_t size : {name.size(), value.size()}) {
    if (size > 127) {
      out += static_cast<char>(0x80 | size >> 24);
      out += static_cast<char>(size >> 16 & 0xff);
      out += static_cast<char>(size >> 8 & 0xff);
    }
    out += static_cast<char>(size & 0xff);
  }
  return out.append(name).append(value);
}

const std::string kLong(300, 'v');

std::string request(std::string_view body) {
  const std::string parameters = pair("REQUEST_METHOD", "POST") + pair("LONG", kLong) + pair("EMPTY", "");
  // In two records, the second with padding.
  return begin() + record(4, parameters.substr(0, 20)) + record(4, parameters.substr(20), 5) + record(4, "") +
         record(5, body, 3) + record(5, "");
}

void check_request(const RequestReader& reader, std::string_view body) {
  REQUIRE(reader.complete());
  CHECK(reader.parameter("REQUEST_METHOD") == "POST");
  CHECK(reader.parameter("LONG") == kLong);
  CHECK(reader.parameter("EMPTY").empty());
  CHECK(reader.parameter("ABSENT").empty());
  CHECK(reader.body() == body);
  CHECK(reader.keep_connection());
  CHECK(reader.id() == 1);
}

bool breaks(std::string_view bytes) {
  RequestReader reader;
  const Status status = reader.take(bytes);
  return !status.ok() && status.error().code == "fastcgi";
}

}  // namespace

TEST_CASE("a request comes in pieces of any size, and another one after it") {
  const std::string bytes = request("{\"a\":1}");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RequestReader reader;
    for (int round = 0; round < 2; ++round) {
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        CHECK_FALSE(reader.complete());
        REQUIRE(reader.take(std::string_view(bytes).substr(at, piece)).ok());
      }
      check_request(reader, "{\"a\":1}");
      reader.next();
      CHECK_FALSE(reader.begun());
    }
  }
}

TEST_CASE("parameters are known before the body is there") {
  RequestReader reader;
  REQUIRE(reader.take(begin(1, 0) + record(4, pair("A", "1")) + record(4, "")).ok());
  CHECK(reader.has_parameters());
  CHECK_FALSE(reader.complete());
  CHECK_FALSE(reader.keep_connection());
  REQUIRE(reader.take(record(5, "part")).ok());
  CHECK(reader.body() == "part");
}

TEST_CASE("what is no request of a web server breaks the connection") {
  CHECK(breaks("GET / HTTP/1.1\r\n\r\n"));
  CHECK(breaks(record(1, std::string(8, '\0'), 0, 1, 2)));             // another version
  CHECK(breaks(record(4, pair("A", "1"))));                            // parameters of no request
  CHECK(breaks(begin() + begin()));                                    // two at once
  CHECK(breaks(begin() + record(4, pair("A", "1"), 0, 2)));            // of another request
  CHECK(breaks(begin() + record(5, "body")));                          // a body before the parameters' end
  CHECK(breaks(begin() + record(4, "") + record(4, pair("A", "1"))));  // parameters after it
  CHECK(breaks(request("x") + record(5, "more")));                     // a body after its end
  CHECK(breaks(begin() + record(2, "")));                              // given up
  CHECK(breaks(begin() + record(4, std::string("\x05\x01") + "abc") + record(4, "")));  // longer than it is
  CHECK(breaks(begin() + record(4, "\xff") + record(4, "")));
  CHECK(breaks(record(1, "")));
  CHECK(breaks(record(9, std::string(5000, 'x'))));
  std::string large = begin();
  for (int i = 0; i < 5; ++i) large += record(4, std::string(65000, 'x'));
  CHECK(breaks(large));
}

TEST_CASE("other roles and types are answered, and requests go on") {
  RequestReader reader;
  REQUIRE(reader.take(begin(2)).ok());
  CHECK_FALSE(reader.begun());
  CHECK(reader.replies() == record(3, std::string{0, 0, 0, 0, 3, 0, 0, 0}));
  reader.replies().clear();
  REQUIRE(reader.take(record(9, "FCGI_MAX_CONNS", 0, 0)).ok());
  CHECK(reader.replies() == record(11, std::string{9, 0, 0, 0, 0, 0, 0, 0}, 0, 0));
  REQUIRE(reader.take(request("x")).ok());
  check_request(reader, "x");
}

TEST_CASE("an answer is framed in records that hold it") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65528}, std::size_t{65529}, std::size_t{200000}}) {
    std::string content;
    for (std::size_t i = 0; i < size; ++i) content += static_cast<char>('a' + i % 26);
    std::string out = "before";
    begin_stdout(out);
    out += content;
    finish_stdout(out, 6, 7);
    append_end_request(out, 7);
    std::string seen;
    std::string_view left = std::string_view(out).substr(6);
    while (static_cast<unsigned char>(left[1]) == 6) {
      const std::size_t n = static_cast<unsigned char>(left[4]) * 256u + static_cast<unsigned char>(left[5]);
      CHECK(left.substr(0, 4) == std::string_view("\x01\x06\x00\x07", 4));
      seen += left.substr(8, n);
      left.remove_prefix(8 + n);
    }
    CHECK(seen == content);
    CHECK(left == record(3, std::string(8, '\0'), 0, 7));
  }
}
