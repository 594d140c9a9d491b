#include "http/body.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace choreo::http {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

std::string without_parameters(std::string_view content_type) {
  return lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

// Also where the rest is no media type: `image/` and any bytes is no JSON.
bool clearly_not_json(std::string_view type) {
  static constexpr std::array kPrefixes = {"image/", "audio/", "video/", "font/", "multipart/"};
  static constexpr std::array kTypes = {"text/html",
                                        "text/xml",
                                        "text/csv",
                                        "text/css",
                                        "application/xml",
                                        "application/pdf",
                                        "application/zip",
                                        "application/gzip",
                                        "application/cbor",
                                        "application/yaml",
                                        "application/msgpack",
                                        "application/x-protobuf"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](const char* p) { return type.starts_with(p); }) ||
         std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end() || type.ends_with("+xml");
}

Error unsupported_coding(std::string_view coding) {
  return make_error(ErrorKind::unsupported_media, "unsupported_coding",
                    "the body is encoded as '" + shortened(coding) + "'; send it as it is, without Content-Encoding");
}

struct Signature {
  std::string_view bytes;
  std::string_view name;
};
// The longer ones first: the mark of UTF-32 begins with that of UTF-16.
constexpr Signature kMarks[] = {{{"\0\0\xFE\xFF", 4}, "UTF-32 (big-endian)"},
                                {{"\xFF\xFE\0\0", 4}, "UTF-32 (little-endian)"},
                                {{"\xFE\xFF", 2}, "UTF-16 (big-endian)"},
                                {{"\xFF\xFE", 2}, "UTF-16 (little-endian)"}};
constexpr Signature kCodings[] = {{{"\x1F\x8B", 2}, "gzip"}, {{"\x28\xB5\x2F\xFD", 4}, "zstd"}};

// JSON begins with a character of ASCII, so without a mark the zeros around it tell the encoding (RFC 4627, 3).
std::string_view encoding_of(std::string_view body) {
  for (const auto& [bytes, name] : kMarks)
    if (body.starts_with(bytes)) return name;
  const auto zero = [&](std::size_t i) { return i < body.size() && body[i] == '\0'; };
  if (body.size() < 2 || (!zero(0) && !zero(1))) return {};
  if (zero(0)) return zero(1) ? "UTF-32 (big-endian)" : "UTF-16 (big-endian)";
  return zero(2) && zero(3) ? "UTF-32 (little-endian)" : "UTF-16 (little-endian)";
}

Error not_utf8(std::string_view encoding) {
  Error error = invalid("bad_utf8", "the body is " + std::string(encoding) + "; send UTF-8");
  error.position = 0;
  return error;
}

}  // namespace

std::string media_type(std::string_view content_type) {
  std::string type = without_parameters(content_type);
  const std::size_t slash = std::min(type.find('/'), type.size());
  const std::string_view view = type;
  if (!is_token(view.substr(0, slash)) || !is_token(view.substr(std::min(slash + 1, view.size())))) return {};
  return type;
}

bool is_json_lines(std::string_view content_type) {
  const std::string type = media_type(content_type);
  return type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl";
}

Status check_body_headers(std::string_view content_type, std::string_view content_encoding) {
  if (const std::string_view coding = trimmed(content_encoding); !coding.empty() && lower(coding) != "identity")
    return unsupported_coding(coding);
  if (content_type.empty() || content_type == "application/json" || !clearly_not_json(without_parameters(content_type)))
    return {};
  return make_error(ErrorKind::unsupported_media, "not_json",
                    "the body is '" + shortened(content_type) + "'; send JSON (application/json)");
}

Result<std::string_view> json_text(std::string_view body) {
  if (body.starts_with('{') && body.size() > 1 && body[1] != '\0') return body;
  if (body.starts_with(kBom)) return body.substr(kBom.size());
  if (const std::string_view encoding = encoding_of(body); !encoding.empty()) return not_utf8(encoding);
  for (const auto& [bytes, name] : kCodings)
    if (body.starts_with(bytes)) return unsupported_coding(name);
  return body;
}

}  // namespace choreo::http
