// choreoctl totp …: the second factor of those who sign in to the page. Like `choreoctl token` it works on the registry
// (control.db) and the keys themselves, not over HTTP.
#include <unistd.h>

#include <algorithm>

#include "access/jwt.h"
#include "access/second_factor.h"
#include "access/totp.h"
#include "access/totp_key.h"
#include "base/clock.h"
#include "base/random.h"
#include "control/tokens.h"
#include "control/totp.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/input.h"
#include "ctl/times.h"
#include "json/string.h"
#include "log/instances.h"

namespace choreo::ctl {
namespace {

constexpr std::size_t kMaxCodeLineBytes = 1024;

Result<control::TotpStore> open_store(Context& context) {
  CHOREO_ASSIGN(const log::Instances instances, log::Instances::open(context.settings().dir));
  return control::TotpStore::open(instances.control_dir());
}

// Makes the key where none was needed before.
Result<access::TotpKey> key_for_more(Context& context, control::TotpStore& store) {
  const std::string& directory = context.settings().keys_dir;
  auto key = access::TotpKey::load(directory);
  if (key.ok() || key.error().kind != ErrorKind::not_found) return key;
  CHOREO_ASSIGN(const std::vector<control::TotpRecord> others, store.list());
  if (!others.empty()) {
    Error error = key.error();
    error.message +=
        "; the secrets in the registry were encrypted with it: put it back from a backup (settings/keys), "
        "or disable them all (choreoctl totp list)";
    return error;
  }
  CHOREO_TRY(access::TotpKey::make(directory, system_random()));
  return access::TotpKey::load(directory);
}

Status say_whether_there_are_tokens(Context& context, const std::string& subject) {
  CHOREO_ASSIGN(const log::Instances instances, log::Instances::open(context.settings().dir));
  CHOREO_ASSIGN(control::TokenStore registry, control::TokenStore::open(instances.control_dir()));
  CHOREO_ASSIGN(const std::vector<control::TokenRecord> tokens, registry.list());
  const auto of_subject = [&](const control::TokenRecord& token) { return token.subject == subject; };
  if (std::none_of(tokens.begin(), tokens.end(), of_subject))
    note("there is no token of '" + subject + "' yet: choreoctl token create --subject …");
  return {};
}

Result<int> confirm(Context& context, control::TotpStore& store, const std::string& subject, const std::string& code) {
  if (!access::is_code(code)) return bad_usage("a code has six digits");
  CHOREO_ASSIGN(const access::TotpKey key, access::TotpKey::load(context.settings().keys_dir));
  CHOREO_TRY(store.change(subject, [&](control::TotpRecord& record) -> Status {
    if (record.confirmed)
      return make_error(ErrorKind::conflict, "totp_exists", "'" + subject + "' was confirmed before");
    CHOREO_ASSIGN(const std::string secret, key.open(record.secret, subject));
    if (auto refusal = access::SecondFactor::try_code(record, secret, code, system_clock().wall_ms()))
      return std::move(refusal->error);
    record.confirmed = true;
    return {};
  }));
  print_line(context.json() ? "{\"subject\":" + json::quote(subject) + ",\"confirmed\":true}"
                            : "'" + subject + "' needs a code to sign in to the page from now on");
  return kDone;
}

void show(Context& context, const std::string& subject, const std::string& secret, const std::string& uri) {
  if (context.json())
    return print_line("{\"subject\":" + json::quote(subject) + ",\"secret\":" + json::quote(access::base32(secret)) +
                      ",\"uri\":" + json::quote(uri) + ",\"confirmed\":false}");
  note("for the authenticator app of '" + subject +
       "', as an address (which may be made a QR code) and to type; shown "
       "this once:");
  print_line(uri);
  print_line(access::base32(secret));
}

Result<int> run_enable(Context& context, const Arguments& arguments) {
  const std::string& subject = arguments.positional[0];
  if (const Status fits = access::check_subject(subject); !fits.ok()) return bad_usage(fits.error().message);
  CHOREO_ASSIGN(control::TotpStore store, open_store(context));
  if (const auto code = arguments.value("code")) return confirm(context, store, subject, *code);
  CHOREO_ASSIGN(const access::TotpKey key, key_for_more(context, store));
  std::string secret(access::kTotpSecretBytes, '\0');
  system_random().fill({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
  CHOREO_ASSIGN(std::string sealed, key.seal(secret, subject, system_random()));
  control::TotpRecord record{subject, std::move(sealed)};
  record.created_ms = system_clock().wall_ms();
  CHOREO_TRY(store.add(record));
  CHOREO_TRY(say_whether_there_are_tokens(context, subject));
  show(context, subject, secret, access::otpauth_uri(arguments.value_or("issuer", "Choreo"), subject, secret));
  if (context.json() || isatty(STDIN_FILENO) == 0) {
    note("nothing asks for codes yet: choreoctl totp enable '" + subject +
         "' --code CODE, with one that the app shows");
    return kDone;
  }
  note("the code that the app shows now:");
  CHOREO_ASSIGN(Lines lines, Lines::open("-"));
  CHOREO_ASSIGN(const std::optional<std::string> code, lines.next(kMaxCodeLineBytes));
  return confirm(context, store, subject, code.value_or(""));
}

std::string state_of(const control::TotpRecord& record, std::int64_t now_ms) {
  if (!record.confirmed) return "not confirmed";
  return record.locked_until_ms > now_ms ? "locked" : "on";
}

Result<int> run_list(Context& context, const Arguments&) {
  CHOREO_ASSIGN(control::TotpStore store, open_store(context));
  CHOREO_ASSIGN(const std::vector<control::TotpRecord> records, store.list());
  const std::int64_t now = system_clock().wall_ms();
  std::vector<std::vector<std::string>> rows = {{"SUBJECT", "STATE", "SINCE", "LAST USED"}};
  std::string items;
  for (const control::TotpRecord& record : records) {
    const std::int64_t locked_ms = record.locked_until_ms > now ? record.locked_until_ms : 0;
    items += (items.empty() ? "" : ",") + ("{\"subject\":" + json::quote(record.subject)) +
             ",\"confirmed\":" + (record.confirmed ? "true" : "false") +
             ",\"created\":" + time_json(record.created_ms) + ",\"last_used\":" + time_json(record.last_used_ms) +
             ",\"locked_until\":" + time_json(locked_ms) + "}";
    rows.push_back(
        {record.subject, state_of(record, now), time_or(record.created_ms, ""), time_or(record.last_used_ms, "never")});
  }
  if (context.json())
    print_line("{\"subjects\":[" + items + "]}");
  else
    print_table(rows);
  return kDone;
}

Result<int> run_disable(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(control::TotpStore store, open_store(context));
  CHOREO_TRY(store.remove(arguments.positional[0]));
  print_line(context.json() ? "{\"disabled\":true}"
                            : "'" + arguments.positional[0] + "' signs in without a code again");
  return kDone;
}

Result<int> run_unlock(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(control::TotpStore store, open_store(context));
  CHOREO_TRY(store.change(arguments.positional[0], [](control::TotpRecord& record) -> Status {
    record.failures = record.locked_until_ms = 0;
    return {};
  }));
  print_line(context.json() ? "{\"unlocked\":true}" : "codes of '" + arguments.positional[0] + "' are looked at again");
  return kDone;
}

const Register enable({"totp enable",
                       "SUBJECT",
                       "Has whoever signs in to the page with a token of this subject show a code too",
                       "Prints the secret for an authenticator app, this once, and asks for a code of it; where nobody "
                       "is at the terminal, a second call with --code does. Run it as the user who owns the data and "
                       "the keys: sudo -u choreo choreoctl totp enable …",
                       {{"code", "CODE", "the code that the app shows, to confirm what an earlier call has printed"},
                        {"issuer", "NAME", "what the app calls this server (Choreo)"}},
                       1,
                       1,
                       &run_enable});
const Register list({"totp list", "", "Lists the subjects that need a code", "", {}, 0, 0, &run_list});
const Register disable({"totp disable",
                        "SUBJECT",
                        "Lets a subject sign in without a code again, e.g. when the device is lost",
                        "",
                        {},
                        1,
                        1,
                        &run_disable});
const Register unlock(
    {"totp unlock", "SUBJECT", "Ends the wait after too many wrong codes", "", {}, 1, 1, &run_unlock});

}  // namespace
}  // namespace choreo::ctl
