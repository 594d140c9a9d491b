#include "http/target.h"

#include <algorithm>

#include "base/hex.h"
#include "json/string.h"

namespace choreo::http {
namespace {

Error bad_encoding() {
  return invalid("bad_encoding", "The path and the query must be percent-encoded UTF-8.");
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  const std::size_t plain = std::min(text.find_first_of(plus_is_space ? "%+" : "%"), text.size());
  std::string out;
  out.reserve(text.size());
  out = text.substr(0, plain);
  for (std::size_t i = plain; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return bad_encoding();
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!json::is_utf8(out)) return bad_encoding();
  return out;
}

// "http://host/path" → "/path": a proxy's form of the target, which every server must accept (RFC 9112).
std::string_view without_authority(std::string_view target) {
  const std::size_t scheme_end = target.find("://");
  if (target.starts_with('/') || scheme_end == std::string_view::npos) return target;
  const std::size_t slash = target.find('/', scheme_end + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

// Calls part(text) for each piece of text between separators.
template <class Part>
Status split(std::string_view text, char separator, Part part) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    CHOREO_TRY(part(text.substr(at, end - at)));
    at = end + 1;
  }
  return {};
}

}  // namespace

std::optional<std::string> Target::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

Result<Target> parse_target(std::string_view target) {
  target = without_authority(target);
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, question);
  Target out;
  out.path.reserve(4);  // no route has more
  CHOREO_TRY(split(path, '/', [&](std::string_view segment) -> Status {
    if (segment.empty()) return {};
    CHOREO_ASSIGN(std::string decoded, decode(segment, false));
    out.path.push_back(std::move(decoded));
    return {};
  }));
  if (out.path.empty()) out.path.emplace_back();
  if (question == target.size()) return out;
  CHOREO_TRY(split(target.substr(question + 1), '&', [&](std::string_view pair) -> Status {
    if (pair.empty()) return {};
    const std::size_t equals = std::min(pair.find('='), pair.size());
    CHOREO_ASSIGN(std::string name, decode(pair.substr(0, equals), true));
    CHOREO_ASSIGN(std::string value, decode(pair.substr(std::min(equals + 1, pair.size())), true));
    out.query.emplace_back(std::move(name), std::move(value));
    return {};
  }));
  return out;
}

}  // namespace choreo::http
