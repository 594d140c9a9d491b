// What keeps a delivery from doing harm, over real sockets: where it may go, and what it must not bring along.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

#include "dispatcher_raw_server.h"
#include "support/temporary_directory.h"

using namespace choreo;
using namespace choreo::test;

namespace {

// A variable of the environment, which is as it was afterwards.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* was = std::getenv(name_.c_str())) was_ = was;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (was_)
      setenv(name_.c_str(), was_->c_str(), 1);
    else
      unsetenv(name_.c_str());
  }

 private:
  const std::string name_;
  std::optional<std::string> was_;
};

// Deliveries to one name, whose addresses libcurl takes from here in place of the resolver; the rest is as in all.
class NamedDelivery {
 public:
  NamedDelivery(int port, const char* allow)
      : host_("both.test:" + std::to_string(port)), policy_(*AddressPolicy::parse(allow)) {
    delivery_ = *dispatcher::Delivery::make(options_, policy_, system_clock());
  }
  ~NamedDelivery() { curl_slist_free_all(resolved_); }

  Answer deliver(const std::string& addresses) {
    curl_slist* resolved = curl_slist_append(nullptr, (host_ + ":" + addresses).c_str());
    curl_easy_setopt(delivery_->handle(), CURLOPT_RESOLVE, resolved);
    curl_slist_free_all(std::exchange(resolved_, resolved));
    const auto body = std::make_shared<const std::string>(kBody);
    REQUIRE(delivery_->load(1, Request{"http://" + host_ + "/hook", {}, body}).ok());
    return delivery_->answer(curl_easy_perform(delivery_->handle()));
  }

 private:
  const std::string host_;
  const TransportOptions options_;
  const AddressPolicy policy_;
  curl_slist* resolved_ = nullptr;
  std::unique_ptr<dispatcher::Delivery> delivery_;
};

bool names_setting(const Answer& answer) {
  return answer.status == 0 && answer.error.find("CHOREO_WEBHOOK_ALLOW") != std::string::npos;
}

}  // namespace

TEST_CASE("an internal address is refused before a connection is made, and the setting is named") {
  RawServer server(http("200 OK"));
  const std::string port = server.url().substr(server.url().rfind(':'));
  for (const std::string host : {"http://127.0.0.1", "http://localhost", "http://[::ffff:127.0.0.1]", "http://0x7f.1",
                                 "http://2130706433", "http://0177.0.0.1", "http://017700000001", "http://127.1",
                                 "http://0", "http://[::127.0.0.1]", "http://%31%32%37.0.0.1", "http://LOCALHOST"}) {
    INFO(host);
    const Answer answer = deliver(*transport(""), host + port);
    CHECK(answer.status == 0);
    CHECK(answer.error.find("CHOREO_WEBHOOK_ALLOW") != std::string::npos);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("of a name's addresses only those that are open are dialled, whatever their order") {
  RawServer open(http("200 OK"), false, "127.0.0.2");
  RawServer internal(http("200 OK"), false, "127.0.0.1", open.port());
  int delivered = 0;
  for (const std::string addresses : {"127.0.0.1,127.0.0.2", "127.0.0.2,127.0.0.1", "127.0.0.1", "[::1],127.0.0.1"}) {
    INFO(addresses);
    const Answer answer = NamedDelivery(open.port(), "127.0.0.2").deliver(addresses);
    if (addresses.find("127.0.0.2") != std::string::npos) {
      CHECK(answer.status == 200);
      ++delivered;
    } else {
      CHECK(names_setting(answer));
    }
    CHECK(internal.connections() == 0);
    CHECK(open.connections() == delivered);
  }
}

TEST_CASE("a name that changes its mind is looked at each time it is dialled") {
  RawServer open(http("200 OK", "Content-Length: 0\r\nConnection: close\r\n"), false, "127.0.0.2");
  RawServer internal(http("200 OK"), false, "127.0.0.1", open.port());
  NamedDelivery name(open.port(), "127.0.0.2");
  CHECK(name.deliver("127.0.0.2").status == 200);
  CHECK(names_setting(name.deliver("127.0.0.1")));
  CHECK(name.deliver("127.0.0.2").status == 200);
  CHECK(internal.connections() == 0);
  CHECK(open.connections() == 2);
}

TEST_CASE("other protocols and user names in urls go nowhere") {
  RawServer server(http("200 OK"));
  const std::string rest = server.url().substr(7);
  for (const std::string& url :
       {"ftp://" + rest, std::string("file:///etc/passwd"), "gopher://" + rest, "http://user:password@" + rest}) {
    INFO(url);
    CHECK(deliver(*transport(), url).status == 0);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("the environment's proxies, netrc files and cookies are not used") {
  RawServer proxy(http("200 OK"));
  const TemporaryDirectory home;
  std::ofstream(home.path() + "/.netrc") << "machine 127.0.0.1 login user password secret\n";
  const Variable variables[] = {{"HOME", home.path()}, {"http_proxy", proxy.url()}, {"all_proxy", proxy.url()}};
  RawServer server(http("200 OK", "Content-Length: 0\r\nSet-Cookie: a=b; Path=/\r\nConnection: close\r\n"));
  const auto sender = transport();
  for (int time = 0; time < 2; ++time) {
    CHECK(deliver(*sender, server.url()).status == 200);
    CHECK(server.request().find("Authorization") == std::string::npos);
    CHECK(server.request().find("Cookie") == std::string::npos);
  }
  CHECK(server.connections() == 2);
  CHECK(proxy.connections() == 0);
}

TEST_CASE("an endpoint that asks for credentials gets none, and is not asked twice") {
  RawServer server(http("401 Unauthorized", "Content-Length: 0\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"));
  CHECK(deliver(server).status == 401);
  CHECK(server.connections() == 1);
}

TEST_CASE("a large body goes out without being announced") {
  RawServer server(http("200 OK"));
  const std::string large(3u << 20, ' ');
  CHECK(deliver(*transport(), server.url(), {"Content-Type: application/json"}, large).status == 200);
  CHECK(server.request().ends_with(kBody));
  CHECK(server.request().find("Expect") == std::string::npos);
}
