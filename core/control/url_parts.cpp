#include "control/url_parts.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/hex.h"

namespace choreo::control {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // of a name, RFC 1035
constexpr std::size_t kMaxLabelBytes = 63;

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using ParsedUrl = std::unique_ptr<CURLU, UrlCleanup>;

Error bad_url(const std::string& message) {
  return invalid("bad_url", message, "url");
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string value(text);
  curl_free(text);
  return value;
}

// libcurl takes international names in the encoding of the thread's locale.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = uselocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    uselocale(before_);
    freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

std::optional<std::string> ascii_host(CURLU* url) {
  std::optional<std::string> host = part_of(url, CURLUPART_HOST);
  if (!host || is_ascii(*host)) return host;
#ifdef CURLU_PUNYCODE
  const Utf8Locale utf8;
  host = part_of(url, CURLUPART_HOST, CURLU_PUNYCODE);
  if (host && is_ascii(*host)) return host;
#endif
  return std::nullopt;
}

// A name as resolvers take it: no empty label, but for the root's at the end. IPv4 addresses pass.
bool is_name(std::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  while (true) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    const std::string_view label = host.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabelBytes) return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }))
      return false;
    if (dot == host.size()) return true;
    host.remove_prefix(dot + 1);
  }
}

Status check_host(const std::string& host) {
  if (host.starts_with('[') || is_name(host)) return {};
  return bad_url("url must name a host, such as example.org or 192.0.2.1");
}

// An IPv6 address in its one short form; one that holds an IPv4 address as that one.
std::string address_form(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), bytes.data()) != 1) return host;
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  char text[INET6_ADDRSTRLEN] = "";
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
    return inet_ntop(AF_INET, bytes.data() + kMapped.size(), text, sizeof text) ? text : host;
  return inet_ntop(AF_INET6, bytes.data(), text, sizeof text) ? "[" + std::string(text) + "]" : host;
}

std::string same_host(const UrlParts& parts) {
  std::string host = lower(parts.host);
  if (host.starts_with('[')) return address_form(host) + (parts.zone.empty() ? "" : "%" + parts.zone);
  if (host.ends_with('.')) host.pop_back();
  return host;
}

bool is_escape(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at] == '%' && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

void append_encoded(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
}

// also: what may stand in this part besides the characters of a path's segment.
std::string encoded(std::string_view text, std::string_view also) {
  constexpr std::string_view kSegment = "!$&'()*+,;=:@";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool allowed = is_unreserved(c) || kSegment.find(c) != std::string_view::npos ||
                         also.find(c) != std::string_view::npos || is_escape(text, i);
    if (allowed)
      out += c;
    else
      append_encoded(out, c);
  }
  return out;
}

// Escapes of characters that need none are undone; the others have capital digits.
std::string same_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_escape(text, i)) {
      out += text[i];
      continue;
    }
    const char c = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    if (is_unreserved(c))
      out += c;
    else
      append_encoded(out, c);
    i += 2;
  }
  return out;
}

std::string path_and_query(const UrlParts& parts) {
  return encoded(parts.path, "/") + (parts.query ? "?" + encoded(*parts.query, "/?") : "");
}

std::string text_of(const UrlParts& parts) {
  std::string host = parts.host;
  if (!parts.zone.empty()) host.insert(host.size() - 1, "%25" + parts.zone);
  return parts.scheme + "://" + host + (parts.port.empty() ? "" : ":" + parts.port) + path_and_query(parts);
}

}  // namespace

Result<UrlParts> parse_url(const std::string& url) {
  const ParsedUrl parsed(curl_url());
  if (!parsed) return make_error(ErrorKind::unavailable, "out_of_memory", "no memory to check the url");
  const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (code != CURLUE_OK) return bad_url(std::string("url is not valid: ") + curl_url_strerror(code));
  std::optional<std::string> host = ascii_host(parsed.get());
  if (!host) return bad_url("url names a host that is no international name (IDNA 2008); give it in its xn-- form");
  CHOREO_TRY(check_host(*host));
  if (part_of(parsed.get(), CURLUPART_USER) || part_of(parsed.get(), CURLUPART_PASSWORD))
    return bad_url("url must not hold a user name or password; use headers for credentials");
  if (part_of(parsed.get(), CURLUPART_FRAGMENT))
    return bad_url("url must not have a fragment (#…): it would not be sent");
  UrlParts parts;
  parts.scheme = lower(part_of(parsed.get(), CURLUPART_SCHEME).value_or(""));
  parts.host = *std::move(host);
  parts.zone = part_of(parsed.get(), CURLUPART_ZONEID).value_or("");
  parts.port = part_of(parsed.get(), CURLUPART_PORT).value_or("");
  parts.path = part_of(parsed.get(), CURLUPART_PATH).value_or("/");
  parts.query = part_of(parsed.get(), CURLUPART_QUERY);
  return parts;
}

std::string url_to_call(const std::string& url) {
  const Result<UrlParts> parts = parse_url(url);
  return parts.ok() ? text_of(*parts) : url;
}

UrlIdentity identity_of(const std::string& url) {
  Result<UrlParts> parts = parse_url(url);
  // What conversions brought to light: a host of wide digits is an address, an escaped dot may be a segment.
  if (parts.ok()) parts = parse_url(same_escapes(text_of(*parts)));
  if (!parts.ok()) return {url, url};
  const std::string host = same_host(*parts);
  const bool default_port = parts->port == (parts->scheme == "https" ? "443" : "80");
  return {parts->scheme + "://" + host + (parts->port.empty() || default_port ? "" : ":" + parts->port) +
              path_and_query(*parts),
          host};
}

}  // namespace choreo::control
