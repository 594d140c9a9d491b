// Which network addresses a delivery may be sent to.
//
// Purpose: a client names the url, so without this the server would call its own network for anyone (server-side
// request forgery). The check is made on the address that is dialled, after name resolution, so that no name can
// change its mind.
// Invariants: an IPv4 address inside IPv6 (::ffff:0:0/96) is judged as the IPv4 address it is; whatever is not an
// IPv4 or IPv6 address is refused, and so is every IPv6 address outside of 2000::/3.
// Thread-safety: immutable after construction.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace choreo::dispatcher {

// IPv4 addresses are held in their mapped form, so that there is one comparison for both families.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4() const;
  std::string text() const;

  static std::optional<Address> parse(std::string_view text);
  static std::optional<Address> from(const sockaddr* address);
};

struct Network {
  Address first;
  int prefix = 128;  // bits of the held form: 96 more than written for IPv4
  std::string text;  // as written

  bool contains(const Address& address) const;
  // `10.0.0.0/8`, `fd00::/8`, or one address; bits beyond the prefix must be 0.
  static std::optional<Network> parse(std::string_view text);
};

class AddressPolicy {
 public:
  // What `allow` may hold.
  static constexpr std::string_view kAllowed =
      "networks such as 10.1.0.0/16 or fd00::/8, `loopback` or `all`, separated by commas";

  // allow: CHOREO_WEBHOOK_ALLOW. Error invalid/bad_option.
  static Result<AddressPolicy> parse(std::string_view allow);

  // Why the address is refused, in a sentence that names the setting; nothing if it may be dialled.
  std::optional<std::string> refusal(const sockaddr* address) const;
  std::optional<std::string> refusal(std::string_view address_text) const;

 private:
  std::optional<std::string> refusal(const std::optional<Address>& address) const;

  std::vector<Network> allowed_;
};

}  // namespace choreo::dispatcher
