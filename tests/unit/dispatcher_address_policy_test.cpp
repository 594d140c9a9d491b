#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "dispatcher/address_policy.h"

using namespace choreo;
using dispatcher::Address;
using dispatcher::AddressPolicy;
using dispatcher::Network;

namespace {

AddressPolicy policy_of(std::string_view allow) {
  auto policy = AddressPolicy::parse(allow);
  REQUIRE(policy.ok());
  return *policy;
}

struct Edges {
  const char* network;
  const char* before;  // "" where that neighbour is refused for another reason, or does not exist
  const char* first;
  const char* last;
  const char* after;
};

constexpr Edges kEdges[] = {
    {"0.0.0.0/8", "", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.64.0.0/10", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"127.0.0.0/8", "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.254.0.0/16", "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.16.0.0/12", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"192.0.0.0/24", "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.2.0/24", "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.99.0/24", "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.168.0.0/16", "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.18.0.0/15", "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.100.0/24", "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.113.0/24", "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"224.0.0.0/4", "223.255.255.255", "224.0.0.0", "239.255.255.255", ""},
    {"240.0.0.0/4", "", "240.0.0.0", "255.255.255.255", ""},
    {"::/128", "", "::", "::", ""},
    {"::1/128", "", "::1", "::1", ""},
    {"::/96", "", "::2", "::ffff:ffff", ""},
    {"fe80::/10", "", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"fec0::/10", "", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"fc00::/7", "", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"ff00::/8", "", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"2001:db8::/32", "2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"3fff::/20", "3ffe:ffff::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
    {"100::/64", "", "100::", "100::ffff:ffff:ffff:ffff", ""},
    {"2002::/16", "2001:ffff::", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
    {"64:ff9b::/96", "", "64:ff9b::", "64:ff9b::ffff:ffff", ""},
    {"64:ff9b:1::/48", "", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", ""},
    {"5f00::/16", "", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"2001::/32", "2000:ffff::", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"},
    {"2001:2::/48", "2001:1:ffff::", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "2001:2:1::"},
    {"2001:10::/28", "2001:f:ffff::", "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", ""},
    {"2001:20::/28", "", "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:30::"},
    {"::ffff:0:0:0/96", "", "::ffff:0:0:0", "::ffff:0:ffff:ffff", ""},
};

bool refused(const AddressPolicy& policy, std::string_view address) {
  return policy.refusal(address).has_value();
}

}  // namespace

TEST_CASE("every internal network is refused from its first to its last address and no further") {
  const AddressPolicy policy = policy_of("");
  for (const Edges& edges : kEdges) {
    INFO(edges.network);
    CHECK(refused(policy, edges.first));
    CHECK(refused(policy, edges.last));
    for (const char* neighbour : {edges.before, edges.after})
      if (*neighbour) {
        INFO(neighbour);
        CHECK_FALSE(refused(policy, neighbour));
      }
  }
}

TEST_CASE("an IPv4 address inside IPv6 is judged as IPv4") {
  const AddressPolicy policy = policy_of("");
  for (const Edges& edges : kEdges) {
    if (std::string_view(edges.first).find(':') != std::string_view::npos) continue;
    CHECK(refused(policy, std::string("::ffff:") + edges.first));
    CHECK(refused(policy, std::string("::ffff:") + edges.last));
  }
  CHECK_FALSE(refused(policy, "::ffff:93.184.216.34"));
  CHECK_FALSE(refused(policy_of("loopback"), "::ffff:127.0.0.1"));
}

TEST_CASE("public addresses are open") {
  const AddressPolicy policy = policy_of("");
  for (const char* address : {"93.184.216.34", "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001::1"})
    CHECK_FALSE(refused(policy, address));
}

TEST_CASE("the allow-list opens what it names and nothing else") {
  const AddressPolicy policy = policy_of("10.1.0.0/16, fd00:1::/32 ,192.168.7.7");
  CHECK_FALSE(refused(policy, "10.1.2.3"));
  CHECK(refused(policy, "10.2.0.0"));
  CHECK_FALSE(refused(policy, "fd00:1::9"));
  CHECK(refused(policy, "fd00:2::9"));
  CHECK_FALSE(refused(policy, "192.168.7.7"));
  CHECK(refused(policy, "192.168.7.8"));
  CHECK(refused(policy, "127.0.0.1"));

  CHECK_FALSE(refused(policy_of("loopback"), "127.9.9.9"));
  CHECK_FALSE(refused(policy_of("loopback"), "::1"));
  CHECK(refused(policy_of("loopback"), "10.0.0.1"));
  for (const char* address : {"127.0.0.1", "169.254.169.254", "::1", "fe80::1", "255.255.255.255"})
    CHECK_FALSE(refused(policy_of("all"), address));
}

TEST_CASE("opening all of IPv6 does not open IPv4") {
  CHECK_FALSE(refused(policy_of("::/0"), "::1"));
  CHECK(refused(policy_of("::/0"), "127.0.0.1"));
  CHECK(refused(policy_of("0.0.0.0/0"), "::1"));
}

TEST_CASE("a bad allow-list is refused with the word and the setting") {
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "::/129", "fd00::1/8", "localhost", "10.0.0.0/", "10.0.0.0/8x",
        "10.0.0.0/-1", "::ffff:10.0.0.0/104", "::ffff:127.0.0.1", "10.0.0.0/8,,::1", "loopback;all"}) {
    INFO(text);
    const auto policy = AddressPolicy::parse(text);
    REQUIRE_FALSE(policy.ok());
    CHECK(policy.error().message.find("CHOREO_WEBHOOK_ALLOW") != std::string::npos);
  }
}

TEST_CASE("the refusal says what, why and which setting opens it") {
  const auto refusal = policy_of("").refusal(std::string_view("::ffff:127.0.0.1"));
  REQUIRE(refusal.has_value());
  CHECK(refusal->find("127.0.0.1") != std::string::npos);
  CHECK(refusal->find("127.0.0.0/8") != std::string::npos);
  CHECK(refusal->find("CHOREO_WEBHOOK_ALLOW") != std::string::npos);
}

TEST_CASE("socket addresses are judged like their texts, and what is not IP is refused") {
  const AddressPolicy closed = policy_of("");
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  inet_pton(AF_INET, "10.0.0.1", &v4.sin_addr);
  CHECK(closed.refusal(reinterpret_cast<sockaddr*>(&v4)).has_value());
  inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr);
  CHECK_FALSE(closed.refusal(reinterpret_cast<sockaddr*>(&v4)).has_value());

  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
  CHECK(closed.refusal(reinterpret_cast<sockaddr*>(&v6)).has_value());
  inet_pton(AF_INET6, "::ffff:8.8.8.8", &v6.sin6_addr);
  CHECK_FALSE(closed.refusal(reinterpret_cast<sockaddr*>(&v6)).has_value());

  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  CHECK(policy_of("all").refusal(reinterpret_cast<sockaddr*>(&local)).has_value());
  CHECK(policy_of("all").refusal(std::string_view("not an address")).has_value());
}

TEST_CASE("faults_d_of IPv6 only what is given to the public may be called") {
  const AddressPolicy policy = policy_of("");
  CHECK(policy.refusal("::ffff:0:127.0.0.1").value().find("::ffff:0:0:0/96") != std::string::npos);
  CHECK(policy.refusal("1fff:ffff::1").value().find("not in 2000::/3") != std::string::npos);
  for (const char* other : {"::1:0:0", "4000::", "8000::1", "100:0:0:1::1", "64:ff9b:2::", "fe00::1", "200::1"})
    CHECK(refused(policy, other));
  for (const char* open : {"2000::", "2606:4700::1111", "3ffe:ffff::1"}) CHECK_FALSE(refused(policy, open));
  CHECK_FALSE(refused(policy_of("4000::/16"), "4000::7"));
}
