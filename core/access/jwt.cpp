#include "access/jwt.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "access/base64url.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "json/unique.h"

namespace choreo::access {
namespace {

constexpr std::size_t kMaxDepth = 2;
constexpr std::size_t kMaxIdBytes = 64;

Error bad_token(const std::string& why) {
  return make_error(ErrorKind::forbidden, "bad_token", "the token is not one of this server: " + why);
}

Result<std::string> object_of(std::string_view part, const std::string& what) {
  const auto text = decode_base64url(part);
  if (!text) return bad_token("its " + what + " is not base64url");
  const auto canonical = json::canonicalize(*text, kMaxDepth);
  if (!canonical.ok() || !json::is_object(*canonical) || json::repeated_key(*canonical))
    return bad_token("its " + what + " is not a JSON object");
  return *canonical;
}

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  if (!value || !json::is_string(*value)) return std::nullopt;
  return json::unquote(*value);
}

// Whole seconds: a fraction would be lost on the way to the registry.
std::optional<std::int64_t> time_member(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  std::int64_t seconds = 0;
  if (!value) return std::nullopt;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error != std::errc() || end != value->data() + value->size() || seconds < 0) return std::nullopt;
  return seconds;
}

Result<std::string> parse_header(std::string_view part) {
  CHOREO_ASSIGN(const std::string header, object_of(part, "header"));
  if (text_member(header, "alg") != "EdDSA") return bad_token("\"alg\" must be EdDSA");
  if (json::find(header, "typ") && text_member(header, "typ") != "JWT") return bad_token("\"typ\" must be JWT");
  if (json::find(header, "crit")) return bad_token("it asks for extensions (\"crit\"), and there are none");
  const auto key_id = text_member(header, "kid");
  if (!key_id) return bad_token("\"kid\", the id of its key, is missing");
  return *key_id;
}

Result<Claims> parse_claims(std::string_view part) {
  CHOREO_ASSIGN(const std::string payload, object_of(part, "payload"));
  const auto id = text_member(payload, "jti"), subject = text_member(payload, "sub");
  const auto scope = text_member(payload, "scope");
  const auto issued = time_member(payload, "iat"), not_before = time_member(payload, "nbf");
  const auto expires = time_member(payload, "exp");
  if (!id || id->empty() || id->size() > kMaxIdBytes) return bad_token("\"jti\" is missing or wrong");
  if (!subject || !check_subject(*subject).ok()) return bad_token("\"sub\" is missing or wrong");
  if (!issued || !not_before || !expires) return bad_token("it needs \"iat\", \"nbf\" and \"exp\" in whole seconds");
  auto scopes = scope ? parse_scopes(*scope) : Result<std::vector<Scope>>(bad_token("\"scope\" is missing"));
  if (!scopes.ok()) return bad_token("\"scope\" is missing or wrong");
  return Claims{*id, *subject, std::move(*scopes), *issued, *not_before, *expires};
}

}  // namespace

Status check_subject(std::string_view subject) {
  const bool fits =
      !subject.empty() && subject.size() <= kMaxSubjectBytes &&
      std::all_of(subject.begin(), subject.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (fits) return {};
  return invalid("bad_subject",
                 "the subject is 1 to " + std::to_string(kMaxSubjectBytes) +
                     " printable ASCII characters without quotes and backslashes",
                 "subject");
}

Result<ParsedToken> parse_token(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return bad_token("it is longer than " + std::to_string(kMaxTokenBytes) + " bytes");
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return bad_token("it is not three parts with dots between them");
  ParsedToken parsed;
  CHOREO_ASSIGN(parsed.key_id, parse_header(token.substr(0, first)));
  CHOREO_ASSIGN(parsed.claims, parse_claims(token.substr(first + 1, second - first - 1)));
  parsed.signed_text = token.substr(0, second);
  auto signature = decode_base64url(token.substr(second + 1));
  if (!signature) return bad_token("its signature is not base64url");
  parsed.signature = std::move(*signature);
  return parsed;
}

Result<Claims> verify_token(std::string_view token, const VerifyingKeys& keys) {
  CHOREO_ASSIGN(ParsedToken parsed, parse_token(token));
  const Key* const key = keys.find(parsed.key_id);
  if (key == nullptr) return bad_token("no key of this server has the id in \"kid\"");
  if (!key->verify(parsed.signed_text, parsed.signature)) return bad_token("its signature is wrong");
  return std::move(parsed.claims);
}

Result<std::string> sign_token(const Claims& claims, const Key& key) {
  CHOREO_TRY(check_subject(claims.subject));
  const std::string header = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":" + json::quote(key.id()) + "}";
  const std::string payload =
      "{\"jti\":" + json::quote(claims.id) + ",\"sub\":" + json::quote(claims.subject) +
      ",\"scope\":" + json::quote(to_string(claims.scopes)) + ",\"iat\":" + std::to_string(claims.issued) +
      ",\"nbf\":" + std::to_string(claims.not_before) + ",\"exp\":" + std::to_string(claims.expires) + "}";
  const std::string text = base64url(header) + "." + base64url(payload);
  const std::string signature = key.sign(text);
  if (signature.empty()) return make_error(ErrorKind::internal, "internal", "libcrypto did not sign the token");
  return text + "." + base64url(signature);
}

}  // namespace choreo::access
