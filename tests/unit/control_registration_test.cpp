#include <catch2/catch.hpp>

#include "control/secret.h"
#include "control/url.h"
#include "control/url_parts.h"
#include "control/webhooks.h"
#include "json/canonical.h"
#include "json/string.h"

using namespace choreo;
using control::parse_registration;

namespace {

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string with(const std::string& members) {
  return R"({"url":"https://example.org/in",)" + members + "}";
}

void refuses(const std::string& body, const std::string& code, const std::string& field) {
  INFO(body);
  const auto canonical = json::canonicalize(body);
  REQUIRE(canonical.ok());
  const auto parsed = parse_registration(*canonical);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().kind == ErrorKind::invalid);
  CHECK(parsed.error().code == code);
  CHECK(parsed.error().field == field);
  CHECK(parsed.error().message.size() > 10);
}

}  // namespace

TEST_CASE("a registration with everything is read") {
  const auto webhook =
      parse_registration(with(R"("filter":["ALT","NUL","ALT"],"tables":["places"],"active":false,"secret":")" +
                              kSecret + R"(","headers":{"Authorization":"Bearer x"},"description":"n8n")"));
  REQUIRE(webhook.ok());
  CHECK(webhook->url == "https://example.org/in");
  CHECK(webhook->operators == std::vector<std::string>{"ALT", "NUL"});
  CHECK(webhook->tables == std::vector<std::string>{"places"});
  CHECK_FALSE(webhook->active);
  CHECK(webhook->secret == kSecret);
  CHECK(webhook->headers == std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer x"}});
  CHECK(webhook->description == "n8n");
}

TEST_CASE("only the url is needed, and unknown members are ignored") {
  const auto webhook = parse_registration(with(R"("filter":null,"colour":"red")"));
  REQUIRE(webhook.ok());
  CHECK(webhook->active);
  CHECK(webhook->operators.empty());
  CHECK(webhook->secret.empty());
}

TEST_CASE("each wrong member is refused by name") {
  refuses("[]", "bad_webhook", "");
  refuses("{}", "bad_webhook", "url");
  refuses(R"({"url":5})", "bad_webhook", "url");
  refuses(with(R"("active":"yes")"), "bad_webhook", "active");
  refuses(with(R"("active":null)"), "bad_webhook", "active");
  refuses(with(R"("filter":"ALT")"), "bad_webhook", "filter");
  refuses(with(R"("filter":[1])"), "bad_webhook", "filter");
  refuses(with(R"("filter":["alt"])"), "bad_filter", "filter");
  refuses(with(R"("tables":[""])"), "bad_webhook", "tables");
  refuses(with(R"("tables":[")" + std::string(129, 't') + R"("])"), "bad_webhook", "tables");
  refuses(with(R"("description":7)"), "bad_webhook", "description");
  refuses(with(R"("description":")" + std::string(1025, 'd') + R"(")"), "bad_webhook", "description");
  refuses(with(R"("headers":[])"), "bad_webhook", "headers");
  refuses(with(R"("headers":{"A":1})"), "bad_header", "headers");
}

TEST_CASE("headers that would break or forge a request are refused") {
  const std::vector<std::string> bad = {R"("A":"x\r\nEvil: 1")",
                                        R"("A":"x\ny")",
                                        R"("A\r":"x")",
                                        R"("":"x")",
                                        R"("A B":"x")",
                                        R"("A":"")",
                                        R"("A":" x")",
                                        R"("A":"é")",
                                        R"("Host":"x")",
                                        R"("content-length":"1")",
                                        R"("Content-Type":"x")",
                                        R"("Webhook-Id":"x")",
                                        R"("WEBHOOK-signature":"x")",
                                        R"("X-Choreo-Instance":"x")",
                                        R"("Transfer-Encoding":"chunked")",
                                        R"("A":"1","a":"2")"};
  for (const std::string& header : bad) refuses(with("\"headers\":{" + header + "}"), "bad_header", "headers");
}

TEST_CASE("secrets are whsec_ and the base64 of 24 to 64 bytes") {
  const auto secret_of = [](std::size_t bytes) { return "whsec_" + control::base64(std::string(bytes, 'k')); };
  CHECK(control::secret_key(secret_of(24)) == std::string(24, 'k'));
  CHECK(control::secret_key(secret_of(64)) == std::string(64, 'k'));
  CHECK(control::secret_key(secret_of(25)) == std::string(25, 'k'));  // with padding
  for (const std::string& bad :
       {secret_of(23), secret_of(65), std::string("whsec_"), std::string(""), kSecret.substr(6), kSecret + "=",
        kSecret + "\n", "whsec_" + std::string(31, 'A') + "-", secret_of(25) + "===="}) {
    INFO(bad);
    CHECK_FALSE(control::secret_key(bad));
    if (bad.find('\n') == std::string::npos) refuses(with("\"secret\":\"" + bad + "\""), "bad_secret", "secret");
  }
  refuses(with(R"("secret":1)"), "bad_secret", "secret");
}

TEST_CASE("a new secret is of the form that is accepted") {
  SeededRandom random(1);
  const std::string secret = control::new_secret(random);
  CHECK(control::secret_key(secret)->size() == 32);
  CHECK(secret != control::new_secret(random));
}

TEST_CASE("urls that a server should call are accepted") {
  for (const char* url :
       {"http://example.org", "https://example.org/a/b?c=d&e=%20", "HTTP://EXAMPLE.ORG/", "http://127.0.0.1:8080/x",
        "http://[::1]:99/", "https://n8n.example.org/webhook/abc123", "http://example.org./"}) {
    INFO(url);
    CHECK(control::check_url(url).ok());
  }
}

TEST_CASE("urls that it should not are refused") {
  const std::vector<std::string> bad = {"",
                                        "example.org",
                                        "ftp://example.org/",
                                        "file:///etc/passwd",
                                        "gopher://example.org/",
                                        "http://",
                                        "http:///example.org",
                                        "http:/example.org",
                                        "http://user@example.org/",
                                        "http://user:pass@example.org/",
                                        "http://example.org/#part",
                                        "http://example.org/a b",
                                        "http://example.org/\r\nX: 1",
                                        "http://example.org:99999/",
                                        "http://example.org:0/",
                                        "http://./",
                                        "http://.example.org/",
                                        "http://example..org/",
                                        "http://\\example.org/",
                                        "http://exa mple.org/",
                                        "http://exa|mple.org/",
                                        "http://exam%7cple.org/",
                                        "http://" + std::string(64, 'a') + ".org/",
                                        "http://\u202eorg.example/",
                                        "http://\uff9f.example/",
                                        "javascript:alert(1)",
                                        "http://[::1/",
                                        "http://example.org/" + std::string(2048, 'a')};
  for (const std::string& url : bad) {
    INFO(url);
    const Status status = control::check_url(url);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == "bad_url");
    CHECK(status.error().field == "url");
  }
}

TEST_CASE("the longest url is accepted") {
  const std::string start = "http://example.org/";
  CHECK(control::check_url(start + std::string(control::kMaxUrlBytes - start.size(), 'a')).ok());
}

TEST_CASE("faults_d_international names are called in their xn-- form") {
  CHECK(control::check_url("http://b\u00fccher.example/\u00e9").ok());
  CHECK(control::url_to_call("http://b\u00fccher.example/\u00e9") == "http://xn--bcher-kva.example/%C3%A9");
  CHECK(control::url_to_call("https://\u4f8b\u3048.\u30c6\u30b9\u30c8:8443/a?b=\u4f8b") ==
        "https://xn--r8jz45g.xn--zckzah:8443/a?b=%E4%BE%8B");
  CHECK(control::url_to_call("http://example.org/a%20b?c=d&e=[1]") == "http://example.org/a%20b?c=d&e=%5B1%5D");
  CHECK(control::url_to_call("http://[fe80::1%25eth0]:8080/x") == "http://[fe80::1%25eth0]:8080/x");
  CHECK(control::url_to_call("no url") == "no url");
}

TEST_CASE("faults_d_spellings of one address are one") {
  const auto same = [](const std::vector<std::string>& urls) {
    for (const std::string& url : urls) {
      INFO(url);
      CHECK(control::check_url(url).ok());
      CHECK(control::identity_of(url).address == control::identity_of(urls.front()).address);
    }
  };
  same({"http://example.org/a", "HTTP://EXAMPLE.ORG/a", "http://example.org:80/a", "http://example.org:/a",
        "http://example.org:080/a", "http://example.org./a", "http://example.org/./a", "http://example.org/b/../a",
        "http://example.org/%61", "http://ex%61mple.org/a", "http://example.org/b/%2e%2E/a"});
  same({"https://example.org", "https://example.org/", "https://example.org:443", "HTTPS://Example.Org:443/"});
  same({"http://127.0.0.1/x", "http://2130706433/x", "http://0x7f.1/x", "http://127.1/x", "http://0177.0.0.1/x",
        "http://[::ffff:127.0.0.1]/x", "http://[::FFFF:7f00:1]/x", "http://127\u30020\u30020\u30021/x"});
  same({"http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[0::1]:80/"});
  same({"http://b\u00fccher.example/?q=\u00fc", "http://B\u00dcCHER.example?q=%c3%bc",
        "http://xn--bcher-kva.example/?q=%C3%BC"});
  CHECK(control::identity_of("http://B\u00dccher.example:81/").host == "xn--bcher-kva.example");

  const std::string base = control::identity_of("http://example.org/a").address;
  for (const char* other :
       {"https://example.org/a", "http://example.org:8080/a", "http://example.org/A", "http://example.org/a/",
        "http://example.org/a?b", "http://example.net/a", "http://example.org/%2561", "http://example.org/a%2Fb"}) {
    INFO(other);
    CHECK(control::identity_of(other).address != base);
  }
  CHECK(control::identity_of("http://example.org/a%2fb").address !=
        control::identity_of("http://example.org/a/b").address);
}
