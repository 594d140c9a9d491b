#include "access/page.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace choreo::access {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

struct Scheme {
  std::string_view prefix;
  std::string_view default_port;
  bool https;
};
constexpr std::array kSchemes = {Scheme{"http://", ":80", false}, Scheme{"https://", ":443", true}};

std::string_view without(std::string_view host, std::string_view port) {
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

bool is_origin_of(std::string_view origin, std::string_view host, bool https) {
  if (host.empty()) return false;
  return std::any_of(kSchemes.begin(), kSchemes.end(), [&](const Scheme& scheme) {
    const std::size_t size = scheme.prefix.size();
    return (scheme.https || !https) && equal_ignoring_case(origin.substr(0, size), scheme.prefix) &&
           equal_ignoring_case(without(origin.substr(size), scheme.default_port), without(host, scheme.default_port));
  });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string_view media_type(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

}  // namespace

bool from_our_page(const Page& page) {
  if (page.fetch_site == "same-origin") return true;
  if (!page.fetch_site.empty() && page.fetch_site != "none") return false;
  if (page.origin.empty()) return true;
  // Of several proxies the first one saw the client.
  const std::string_view forwarded = trimmed(page.forwarded_host.substr(0, page.forwarded_host.find(',')));
  return is_origin_of(page.origin, page.host, page.https) || is_origin_of(page.origin, forwarded, page.https);
}

bool is_form_type(std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  return is_plain_text(type) || equal_ignoring_case(type, "application/x-www-form-urlencoded") ||
         equal_ignoring_case(type, "multipart/form-data");
}

bool is_plain_text(std::string_view content_type) {
  return equal_ignoring_case(media_type(content_type), "text/plain");
}

}  // namespace choreo::access
