#include "control/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

namespace choreo::control {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

Error bad_url(const std::string& message) {
  return invalid("bad_url", message, "url");
}

std::optional<std::string> part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return std::nullopt;
  std::string value(text);
  curl_free(text);
  return value;
}

// A name as resolvers take it: no empty label, but for the root's at the end. Addresses pass.
bool is_host(std::string_view host) {
  return !host.empty() && host.front() != '.' && host.find("..") == std::string_view::npos;
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
  std::unique_ptr<CURLU, UrlCleanup> parsed(curl_url());
  if (!parsed) return make_error(ErrorKind::unavailable, "out_of_memory", "no memory to check the url");
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (code != CURLUE_OK) return bad_url(std::string("url is not valid: ") + curl_url_strerror(code));
  if (!is_host(part_of(parsed.get(), CURLUPART_HOST).value_or("")))
    return bad_url("url must name a host, such as example.org or 192.0.2.1");
  if (part_of(parsed.get(), CURLUPART_PORT) == "0") return bad_url("url has port 0; allowed are 1 to 65535");
  if (part_of(parsed.get(), CURLUPART_USER) || part_of(parsed.get(), CURLUPART_PASSWORD))
    return bad_url("url must not hold a user name or password; use headers for credentials");
  if (part_of(parsed.get(), CURLUPART_FRAGMENT))
    return bad_url("url must not have a fragment (#…): it would not be sent");
  return {};
}

}  // namespace choreo::control
