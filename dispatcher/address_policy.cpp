#include "dispatcher/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace choreo::dispatcher {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

// The only part of IPv6 that is given to the public; everything else is refused, whatever it comes to be.
constexpr std::string_view kPublicV6 = "2000::/3";

// Special-purpose networks (IANA registries of RFC 6890 and successors) that no public receiver lives in. Those of IPv6
// outside kPublicV6 are here for the name they have in a refusal.
constexpr std::string_view kRefused[] = {
    "0.0.0.0/8",        // this network
    "10.0.0.0/8",       // private
    "100.64.0.0/10",    // carrier-grade NAT
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local, cloud metadata
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // 6to4 relay
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // benchmarks
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, broadcast
    "::/128",           // unspecified
    "::1/128",          // loopback
    "::/96",            // an IPv4 address inside, as it was once written
    "::ffff:0:0:0/96",  // an IPv4 address inside, for translation (SIIT)
    "fe80::/10",        // link-local
    "fec0::/10",        // site-local, before there was unique local
    "fc00::/7",         // unique local
    "ff00::/8",         // multicast
    "2001:db8::/32",    // documentation
    "3fff::/20",        // documentation
    "100::/64",         // discard
    "2002::/16",        // 6to4: an IPv4 address of anyone's choice inside
    "64:ff9b::/96",     // NAT64: likewise
    "64:ff9b:1::/48",   // NAT64, local
    "5f00::/16",        // segment routing
    "2001::/32",        // Teredo: likewise
    "2001:2::/48",      // benchmarks
    "2001:10::/28",     // keys that look like addresses (ORCHID)
    "2001:20::/28",     // the same, second version
};

const std::vector<Network>& refused_networks() {
  static const std::vector<Network> networks = [] {
    std::vector<Network> parsed;
    for (std::string_view text : kRefused) parsed.push_back(Network::parse(text).value());
    return parsed;
  }();
  return networks;
}

const Network& public_v6() {
  static const Network network = Network::parse(kPublicV6).value();
  return network;
}

// Whether all bits of `bytes` from `prefix` on are 0.
bool ends_in_zeros(const std::array<std::uint8_t, 16>& bytes, int prefix) {
  for (int bit = prefix; bit < 128; ++bit)
    if (bytes[static_cast<std::size_t>(bit / 8)] & (0x80 >> (bit % 8))) return false;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool Address::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

std::string Address::text() const {
  char out[INET6_ADDRSTRLEN] = "";
  if (is_v4())
    inet_ntop(AF_INET, bytes.data() + kMappedPrefix.size(), out, sizeof out);
  else
    inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
  return out;
}

std::optional<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data() + kMappedPrefix.size()) == 1) return address;
  return std::nullopt;
}

std::optional<Address> Address::from(const sockaddr* address) {
  Address out;
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    std::memcpy(out.bytes.data(), &v6.sin6_addr, out.bytes.size());
    return out;
  }
  if (address->sa_family != AF_INET) return std::nullopt;
  sockaddr_in v4;
  std::memcpy(&v4, address, sizeof v4);
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), out.bytes.begin());
  std::memcpy(out.bytes.data() + kMappedPrefix.size(), &v4.sin_addr, sizeof v4.sin_addr);
  return out;
}

bool Network::contains(const Address& address) const {
  // `::/0` means every IPv6 address; it must not open IPv4 by way of the mapped form.
  if (first.is_v4() != address.is_v4()) return false;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (std::memcmp(first.bytes.data(), address.bytes.data(), whole) != 0) return false;
  for (int bit = prefix / 8 * 8; bit < prefix; ++bit)
    if ((first.bytes[whole] ^ address.bytes[whole]) & (0x80 >> (bit % 8))) return false;
  return true;
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  if (address->is_v4() && !dotted) return std::nullopt;  // mapped addresses are judged as IPv4: write them so
  Network network{*address, 128, std::string(text)};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const int most = dotted ? 32 : 128;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
    const bool number = error == std::errc() && end == digits.data() + digits.size();
    if (!number || network.prefix < 0 || network.prefix > most) return std::nullopt;
    if (dotted) network.prefix += kMappedBits;
  }
  if (!ends_in_zeros(network.first.bytes, network.prefix)) return std::nullopt;
  return network;
}

Result<AddressPolicy> AddressPolicy::parse(std::string_view allow) {
  AddressPolicy policy;
  while (!allow.empty()) {
    const std::size_t comma = std::min(allow.find(','), allow.size());
    const std::string_view word = trim(allow.substr(0, comma));
    allow.remove_prefix(std::min(comma + 1, allow.size()));
    if (word == "loopback" || word == "all") {
      const bool all = word == "all";
      policy.allowed_.push_back(Network::parse(all ? "0.0.0.0/0" : "127.0.0.0/8").value());
      policy.allowed_.push_back(Network::parse(all ? "::/0" : "::1").value());
      continue;
    }
    const auto network = Network::parse(word);
    if (!network)
      return invalid("bad_option",
                     "CHOREO_WEBHOOK_ALLOW: '" + std::string(word) + "' is none of: " + std::string(kAllowed));
    policy.allowed_.push_back(*network);
  }
  return policy;
}

std::optional<std::string> AddressPolicy::refusal(const sockaddr* address) const {
  return refusal(Address::from(address));
}

std::optional<std::string> AddressPolicy::refusal(std::string_view address_text) const {
  return refusal(Address::parse(address_text));
}

std::optional<std::string> AddressPolicy::refusal(const std::optional<Address>& address) const {
  if (!address) return "the peer's address is neither IPv4 nor IPv6";
  const auto holds = [&](const Network& network) { return network.contains(*address); };
  if (std::any_of(allowed_.begin(), allowed_.end(), holds)) return std::nullopt;
  const auto& refused = refused_networks();
  const auto found = std::find_if(refused.begin(), refused.end(), holds);
  const bool is_public = address->is_v4() || public_v6().contains(*address);
  if (found == refused.end() && is_public) return std::nullopt;
  return "the address " + address->text() + " is internal (" +
         (found == refused.end() ? "not in " + public_v6().text : found->text) +
         ") and CHOREO_WEBHOOK_ALLOW does not open it";
}

}  // namespace choreo::dispatcher
