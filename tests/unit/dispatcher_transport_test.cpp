// Deliveries over real sockets to a server that answers with given bytes.
#include <catch2/catch.hpp>

#include <thread>

#include "dispatcher_raw_server.h"

using namespace choreo;
using namespace choreo::test;
using dispatcher::kMaxAnswerBytes;

TEST_CASE("a delivery is one POST with our headers and no others that matter") {
  RawServer server(http("200 OK"));
  const Answer answer =
      deliver(*transport(), server.url(), {"Content-Type: application/json", "X-Choreo-Instance: shop"});
  CHECK(answer.status == 200);
  CHECK(answer.error.empty());
  const std::string request = server.request();
  CHECK(request.starts_with("POST /hook HTTP/1.1\r\n"));
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(request.find("X-Choreo-Instance: shop\r\n") != std::string::npos);
  CHECK(request.find("Content-Length: 11\r\n") != std::string::npos);
  CHECK(request.find("User-Agent") == std::string::npos);
  CHECK(request.find("Expect") == std::string::npos);
  CHECK(request.ends_with("\r\n\r\n{\"op_id\":1}"));
}

TEST_CASE("statuses come back as they are, and redirects are not followed") {
  for (const auto& [line, status] : std::vector<std::pair<std::string, int>>{
           {"204 No Content", 204}, {"400 Bad", 400}, {"410 Gone", 410}, {"500 Oops", 500}}) {
    RawServer server(http(line));
    CHECK(deliver(server).status == status);
  }
  RawServer target(http("200 OK"));
  RawServer server(http("302 Found", "Content-Length: 0\r\nLocation: " + target.url() + "\r\n"));
  CHECK(deliver(server).status == 302);
  CHECK(target.connections() == 0);
}

TEST_CASE("interim answers and trailers are no part of the outcome") {
  RawServer interim(http("103 Early Hints", "Link: </x>\r\n") + http("200 OK"));
  CHECK(deliver(interim).status == 200);
  RawServer broken(http("100 Continue", "") + "HTTP/1.1 200 OK\r\nConte");
  CHECK(deliver(broken).status == 0);
  RawServer trailers(http("200 OK", "Transfer-Encoding: chunked\r\n", "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"));
  CHECK(deliver(trailers).status == 200);
}

TEST_CASE("Retry-After is read as seconds and as a date") {
  RawServer seconds(http("503 Busy", "Content-Length: 0\r\nRetry-After: 120\r\n"));
  CHECK(deliver(seconds).retry_after_ms == 120'000);
  RawServer date(http("503 Busy", "Content-Length: 0\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n"));
  CHECK(deliver(date).retry_after_ms > 3600'000);
  RawServer past(http("503 Busy", "Content-Length: 0\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"));
  CHECK(deliver(past).retry_after_ms == 0);
  RawServer nonsense(http("503 Busy", "Content-Length: 0\r\nRetry-After: soon\r\n"));
  CHECK(deliver(nonsense).retry_after_ms == 0);
}

TEST_CASE("faults_d_a line that libcurl has no room for is named") {
  RawServer header(http("200 OK", "Content-Length: 0\r\nX-Long: " + std::string(200'000, 'h') + "\r\n"));
  CHECK(deliver(header).error == "the answer's headers exceed 65536 bytes");
  RawServer status(http("200 " + std::string(200'000, 'K')));
  CHECK(deliver(status).error == "the answer's headers exceed 65536 bytes");
  RawServer trailer(http("200 OK", "Transfer-Encoding: chunked\r\n",
                         "2\r\nok\r\n0\r\nX-Sum: " + std::string(200'000, 't') + "\r\n\r\n"));
  CHECK(deliver(trailer).error == "a trailer of the answer is too long");
}

TEST_CASE("faults_d_an address is called in ASCII, whatever was registered") {
  RawServer server(http("200 OK"));
  const std::string base = server.url();
  const std::string odd = base + "/{}|^`\"<>[]\\\u00e9%zz%2f?q={\u00fc}&a[]=%41";
  CHECK(deliver(*transport(), odd).status == 200);
  CHECK(server.request().starts_with(
      "POST /hook/%7B%7D%7C%5E%60%22%3C%3E%5B%5D%5C%C3%A9%25zz%2f?q=%7B%C3%BC%7D&a%5B%5D=%41 HTTP/1.1\r\n"));
}

TEST_CASE("half an answer, garbage and nothing are failures with a reason") {
  for (const std::string& bytes :
       {http("200 OK", "Content-Length: 10\r\n", "half"), std::string("HTTP/1.1 200 OK\r\nConte"),
        std::string("220 mail.example.org ESMTP\r\n"), std::string("")}) {
    INFO(bytes);
    RawServer server(bytes);
    const Answer answer = deliver(server);
    CHECK(answer.status == 0);
    CHECK_FALSE(answer.error.empty());
  }
}

TEST_CASE("an answer without end is cut off and its status counts") {
  RawServer server(http("200 OK", "Content-Length: 104857600\r\n", std::string(8u << 20, 'x')));
  CHECK(deliver(server).status == 200);
  RawServer failing(http("500 Oops", "Content-Length: 104857600\r\n", std::string(8u << 20, 'x')));
  CHECK(deliver(failing).status == 500);
}

TEST_CASE("headers without end are a failure") {
  std::string headers;
  while (headers.size() < 2 * kMaxAnswerBytes) headers += "X-Long: " + std::string(1000, 'x') + "\r\n";
  RawServer server(http("200 OK", headers));
  const Answer answer = deliver(server);
  CHECK(answer.status == 0);
  CHECK_FALSE(answer.error.empty());
}

TEST_CASE("an endpoint that never answers is given up after the timeout") {
  RawServer server("", true);
  const Answer answer = deliver(server);
  CHECK(answer.status == 0);
  CHECK(answer.error.find("no complete answer within") != std::string::npos);
  CHECK(answer.duration_ms >= kTimeoutMs - 10);  // both ends are rounded
  CHECK(answer.duration_ms < 4 * kTimeoutMs);
}

TEST_CASE("refused connections and unknown names are failures with a reason") {
  std::string url;
  { url = RawServer("").url(); }
  CHECK(deliver(*transport(), url).error.find("connect") != std::string::npos);
  CHECK_FALSE(deliver(*transport(), "http://name.invalid/").error.empty());
}

TEST_CASE("many deliveries at once all come back, each once") {
  RawServer server(http("200 OK", "Content-Length: 0\r\nConnection: close\r\n"));
  const auto sender = transport();
  const auto body = std::make_shared<const std::string>("{\"op_id\":1}");
  std::vector<int> seen(100, 0);
  std::uint64_t next = 0;
  std::size_t done = 0;
  while (done < seen.size()) {
    while (!sender->full() && next < seen.size()) REQUIRE(sender->start(next++, Request{server.url(), {}, body}).ok());
    for (const auto& ended : sender->run(100, -1)) {
      CHECK(ended.answer.status == 200);
      ++seen[ended.token];
      ++done;
    }
  }
  for (int count : seen) CHECK(count == 1);
}

TEST_CASE("wake ends the wait") {
  const auto sender = transport();
  std::thread waker([&] { sender->wake(); });
  CHECK(sender->run(60'000, -1).empty());
  waker.join();
}
