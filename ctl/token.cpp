// choreoctl token …: makes, lists and revokes the tokens that clients show. It works on the registry itself
// (control.db) and on the keys, not over HTTP: whoever may read those needs no token.
#include <array>
#include <charconv>
#include <cstdint>

#include "access/jwt.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/tokens.h"
#include "ctl/command.h"
#include "ctl/data_directory.h"
#include "ctl/exit_codes.h"
#include "ctl/times.h"
#include "json/string.h"
#include "log/instances.h"

namespace choreo::ctl {
namespace {

constexpr std::size_t kIdBytes = 12;
constexpr std::int64_t kMaxLifeSecs = 3660LL * 24 * 3600;

struct Unit {
  char letter;
  std::int64_t secs;
};
constexpr std::array kUnits = {Unit{'s', 1}, Unit{'m', 60}, Unit{'h', 3600}, Unit{'d', 86400}};

// "90d"
Result<std::int64_t> parse_life(const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end + 1 == text.data() + text.size() && count > 0) {
    for (const Unit& unit : kUnits)
      if (*end == unit.letter && count <= kMaxLifeSecs / unit.secs) return count * unit.secs;
  }
  return bad_usage("--expires: the value '" + text +
                   "' is not allowed; allowed: a number and s, m, h or d, e.g. 90d, of at most ten years");
}

Result<control::TokenStore> open_registry(Context& context) {
  CHOREO_ASSIGN(const log::Instances instances, existing_instances(context.settings()));
  return control::TokenStore::open(instances.control_dir());
}

std::string scopes_json(const std::string& scopes) {
  std::string out = "[";
  for (std::size_t at = 0; at < scopes.size();) {
    const std::size_t end = std::min(scopes.find(' ', at), scopes.size());
    out += (out.size() > 1 ? "," : "") + json::quote(scopes.substr(at, end - at));
    at = end + 1;
  }
  return out + "]";
}

std::string described(const control::TokenRecord& token) {
  return "\"id\":" + json::quote(token.id) + ",\"subject\":" + json::quote(token.subject) +
         ",\"scopes\":" + scopes_json(token.scopes) + ",\"created\":" + time_json(token.created_ms) +
         ",\"expires\":" + time_json(token.expires_ms) + ",\"revoked\":" + time_json(token.revoked_ms) +
         ",\"last_used\":" + time_json(token.last_used_ms);
}

std::string state_of(const control::TokenRecord& token, std::int64_t now_ms) {
  if (token.revoked_ms != 0) return "revoked";
  return token.expires_ms <= now_ms ? "expired" : "good";
}

// What is wanted of the new token, from the options.
Result<access::Claims> claims_of(const Arguments& arguments) {
  const auto subject = arguments.value("subject");
  const auto given = arguments.options.find("scope");
  if (!subject) return bad_usage("--subject NAME is missing: who the token is for");
  if (given == arguments.options.end())
    return bad_usage("--scope SCOPE is missing: an instance or *, a colon, and read, write or admin");
  access::Claims claims;
  claims.subject = *subject;
  if (const Status fits = access::check_subject(*subject); !fits.ok()) return bad_usage(fits.error().message);
  for (const std::string& text : given->second) {
    const auto scopes = access::parse_scopes(text);
    if (!scopes.ok()) return bad_usage("--scope: " + scopes.error().message);
    claims.scopes.insert(claims.scopes.end(), scopes->begin(), scopes->end());
  }
  if (claims.scopes.size() > access::kMaxScopes)
    return bad_usage("--scope: a token has at most " + std::to_string(access::kMaxScopes) + " scopes");
  CHOREO_ASSIGN(const std::int64_t life_secs, parse_life(arguments.value_or("expires", "90d")));
  claims.id = system_random().hex(kIdBytes);
  claims.issued = claims.not_before = system_clock().wall_ms() / 1000;
  claims.expires = claims.issued + life_secs;
  return claims;
}

Result<int> run_create(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const access::Claims claims, claims_of(arguments));
  CHOREO_ASSIGN(const auto key, access::load_signing_key(context.settings().keys_dir));
  CHOREO_ASSIGN(const std::string token, access::sign_token(claims, *key));
  if (token.size() > access::kMaxTokenBytes) return bad_usage("--scope: so many scopes make the token too long");
  CHOREO_ASSIGN(control::TokenStore registry, open_registry(context));
  control::TokenRecord record{claims.id, claims.subject, access::to_string(claims.scopes)};
  record.created_ms = claims.issued * 1000;
  record.expires_ms = claims.expires * 1000;
  CHOREO_TRY(registry.add(record));
  if (context.json()) {
    print_line("{" + described(record) + ",\"token\":" + json::quote(token) + "}");
  } else {
    note("token " + record.id + " of " + record.subject + ", good until " + format_timestamp(record.expires_ms) +
         "; it is shown this once:");
    print_line(token);
  }
  return kDone;
}

Result<int> run_list(Context& context, const Arguments&) {
  CHOREO_ASSIGN(control::TokenStore registry, open_registry(context));
  CHOREO_ASSIGN(const std::vector<control::TokenRecord> tokens, registry.list());
  if (context.json()) {
    std::string out;
    for (const auto& token : tokens) out += (out.empty() ? "{" : ",{") + described(token) + "}";
    return print_line("{\"tokens\":[" + out + "]}"), kDone;
  }
  const std::int64_t now = system_clock().wall_ms();
  std::vector<std::vector<std::string>> rows = {{"TOKEN", "SUBJECT", "STATE", "SCOPES", "EXPIRES", "LAST USED"}};
  for (const auto& token : tokens)
    rows.push_back({token.id, token.subject, state_of(token, now), token.scopes, format_timestamp(token.expires_ms),
                    time_or(token.last_used_ms, "never")});
  print_table(rows);
  return kDone;
}

Result<int> run_revoke(Context& context, const Arguments& arguments) {
  const auto subject = arguments.value("subject");
  if (subject.has_value() != arguments.positional.empty())
    return bad_usage("revoke takes either the id of a token or --subject NAME");
  CHOREO_ASSIGN(control::TokenStore registry, open_registry(context));
  std::int64_t revoked = 1;
  if (subject) {
    CHOREO_ASSIGN(revoked, registry.revoke_subject(*subject, system_clock().wall_ms()));
  } else {
    CHOREO_TRY(registry.revoke(arguments.positional[0], system_clock().wall_ms()));
  }
  const std::string count = std::to_string(revoked);
  print_line(context.json() ? "{\"revoked\":" + count + "}"
                            : count + (revoked == 1 ? " token" : " tokens") + " revoked");
  return kDone;
}

const Register create({"token create",
                       "",
                       "Makes a token and shows it, this once",
                       "Run it as the user who owns the data and the keys: sudo -u choreo choreoctl token create …",
                       {{"subject", "NAME", "who it is for, e.g. n8n"},
                        {"scope", "SCOPE",
                         "INSTANCE:LEVEL, of read, write or admin; * is every instance; may be repeated"},
                        {"expires", "TIME", "how long it is good, e.g. 12h or 90d (90d)"}},
                       0,
                       0,
                       &run_create});
const Register list({"token list", "", "Lists the tokens, and when they were last used", "", {}, 0, 0, &run_list});
const Register revoke({"token revoke",
                       "[ID]",
                       "Revokes a token; within a second no process takes it any more, and its streams end",
                       "",
                       {{"subject", "NAME", "all tokens of this subject"}},
                       0,
                       1,
                       &run_revoke});

}  // namespace
}  // namespace choreo::ctl
