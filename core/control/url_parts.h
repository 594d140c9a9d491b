// A webhook's url taken apart, and written in the forms that are called and compared.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::control {

struct UrlParts {
  std::string scheme;  // lower case
  std::string host;    // ASCII: a name (international ones as xn--…), an IPv4 address, or an IPv6 one in brackets
  std::string zone;    // of an IPv6 address, or ""
  std::string port;    // "" where none is given
  std::string path;    // without dot segments
  std::optional<std::string> query;
};

// REQUIRES: http or https, as check_url() sees it. Error invalid/bad_url: it has no host that a name or an address is.
Result<UrlParts> parse_url(const std::string& url);

// What is called: only characters that RFC 3986 allows, all others percent-encoded, and the host in ASCII. A url that
// cannot be taken apart is given back as it is.
std::string url_to_call(const std::string& url);

// The same for all spellings of one address: letter case, default port, dot segments, percent-encoding, forms of IP
// addresses.
struct UrlIdentity {
  std::string address;
  std::string host;
};
UrlIdentity identity_of(const std::string& url);

}  // namespace choreo::control
