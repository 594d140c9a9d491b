#include "access/page.h"

#include <catch2/catch.hpp>

#include "access/credentials.h"

using namespace choreo::access;

TEST_CASE("faults_c6_an_origin_is_compared_with_the_host") {
  const auto ours = [](std::string_view origin, std::string_view host, std::string_view forwarded = {},
                       bool https = false) {
    const Page page{{}, origin, host, forwarded, https};
    const bool is_ours = from_our_page(page);
    CHECK(token_of({"", "choreo_session=t", page}).ok() == is_ours);
    return is_ours;
  };
  CHECK(ours("", "choreo.test"));
  CHECK(ours("http://choreo.test", "choreo.test"));
  CHECK(ours("http://choreo.test", "choreo.test:80"));
  CHECK(ours("https://Choreo.test:443", "choreo.test"));
  CHECK(ours("http://127.0.0.1:8420", "127.0.0.1:8420"));
  CHECK(ours("http://[::1]:8420", "[::1]:8420"));
  CHECK(ours("https://choreo.test", "127.0.0.1:8420", "choreo.test"));
  CHECK(ours("https://choreo.test", "127.0.0.1:8420", "choreo.test, inner"));
  CHECK(ours("https://choreo.test", "choreo.test", "", true));
  for (const char* foreign :
       {"http://evil.choreo.test", "http://choreo.test:8080", "http://choreo.test.evil", "http://evil", "null",
        "choreo.test", "http://", "file://choreo.test", "http://choreo.tes", "http://choreo.test/", "https://"})
    CHECK_FALSE(ours(foreign, "choreo.test"));
  CHECK_FALSE(ours("http://choreo.test", "choreo.test", "", true));
  CHECK_FALSE(ours("http://choreo.test", ""));
  CHECK_FALSE(ours("http://", ""));
  CHECK_FALSE(ours("http://choreo.test:443", "choreo.test"));
}

TEST_CASE("faults_c6_what_a_browser_says_of_the_site_counts_first") {
  CHECK(from_our_page({"same-origin", "http://choreo.test", "inner:8420"}));
  CHECK(from_our_page({"none", "", "choreo.test"}));
  CHECK_FALSE(from_our_page({"none", "http://evil", "choreo.test"}));
  for (const char* site : {"same-site", "cross-site", "whatever"})
    CHECK_FALSE(from_our_page({site, "http://choreo.test", "choreo.test"}));
}

TEST_CASE("faults_c6_bodies_that_any_page_can_send") {
  for (const char* form : {"text/plain", "Text/Plain;charset=UTF-8", " text/plain ; x",
                           "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"})
    CHECK(is_form_type(form));
  for (const char* other : {"", "application/json", "application/x-ndjson", "text/plainer", "text", "text/html"})
    CHECK_FALSE(is_form_type(other));
}
