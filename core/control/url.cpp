#include "control/url.h"

#include <algorithm>
#include <string_view>

#include "control/url_parts.h"

namespace choreo::control {
namespace {

Error bad_url(const std::string& message) {
  return invalid("bad_url", message, "url");
}

bool has_space_or_control(std::string_view url) {
  return std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

// libcurl forgives missing or extra slashes; what it would dial must be what a reader sees.
bool starts_with_scheme_and_host(std::string_view url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || url.substr(colon, 3) != "://") return false;
  std::string scheme(url.substr(0, colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const std::string_view rest = url.substr(colon + 3);
  return (scheme == "http" || scheme == "https") && !rest.empty() && rest.front() != '/' && rest.front() != '\\';
}

}  // namespace

Status check_url(const std::string& url) {
  if (url.empty()) return bad_url("url is empty; give an http or https address");
  if (url.size() > kMaxUrlBytes)
    return bad_url("url has " + std::to_string(url.size()) + " bytes; at most " + std::to_string(kMaxUrlBytes) +
                   " are allowed");
  if (has_space_or_control(url)) return bad_url("url must not hold spaces or control characters");
  if (!starts_with_scheme_and_host(url)) return bad_url("url must start with http:// or https:// and a host");
  CHOREO_ASSIGN(const UrlParts parts, parse_url(url));
  if (parts.port == "0") return bad_url("url has port 0; allowed are 1 to 65535");
  return {};
}

}  // namespace choreo::control
