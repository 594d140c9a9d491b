// choreoctl webhook …: everything that the API does with webhooks.
#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/input.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

std::string webhooks(const Arguments& arguments) {
  return "/" + encoded(arguments.positional[0]) + "/webhooks";
}
std::string webhook(const Arguments& arguments, const std::string& more = {}) {
  return webhooks(arguments) + "/" + encoded(arguments.positional[1]) + more;
}

void add_member(std::string& object, const std::string& name, const std::string& value) {
  object += (object == "{" ? "" : ",") + json::quote(name) + ":" + value;
}

// "ALT, NUL" as a JSON array of texts.
std::string array_of(const std::string& words) {
  std::string out = "[", word;
  for (const char c : words + ",") {
    if (c != ',') {
      if (c != ' ') word += c;
      continue;
    }
    if (!word.empty()) out += (out == "[" ? "" : ",") + json::quote(word);
    word.clear();
  }
  return out + "]";
}

// "Authorization: Bearer 7aa1" of each --header; a file has a line for each.
Status add_headers(std::string& body, const Arguments& arguments) {
  const auto given = arguments.options.find("header");
  if (given == arguments.options.end()) return {};
  std::string object = "{";
  for (const std::string& value : given->second) {
    CHOREO_ASSIGN(const std::string text, value_or_file(value));
    for (const std::string& line : lines_of(text)) {
      const std::size_t colon = line.find(':');
      if (colon == std::string::npos || colon == 0)
        return bad_usage(value.starts_with('@')
                             ? "--header: " + value.substr(1) + " has a line that is not 'Name: value'"
                             : "--header: '" + line + "' is not 'Name: value'");
      const std::size_t start = line.find_first_not_of(' ', colon + 1);
      add_member(object, line.substr(0, colon), json::quote(start == std::string::npos ? "" : line.substr(start)));
    }
  }
  add_member(body, "headers", object + "}");
  return {};
}

Status add_secret(std::string& body, const Arguments& arguments) {
  const auto given = arguments.value("secret");
  if (!given) return {};
  CHOREO_ASSIGN(const std::string secret, value_or_file(*given));
  add_member(body, "secret", json::quote(secret));
  return {};
}

// The members of a registration that options give.
Result<std::string> registration(const Arguments& arguments) {
  std::string body = "{";
  for (const char* name : {"url", "where", "delivery", "format", "description"})
    if (const auto value = arguments.value(name)) add_member(body, name, json::quote(*value));
  CHOREO_TRY(add_secret(body, arguments));
  for (const char* name : {"filter", "tables"})
    if (const auto value = arguments.value(name)) add_member(body, name, array_of(*value));
  if (const auto from = arguments.value("from"); from == "beginning") {
    add_member(body, "from", json::quote(*from));
  } else if (from) {
    const auto id = arguments.number("from", 0, 1, INT64_MAX);
    if (!id.ok()) return bad_usage(id.error().message + ", or 'beginning'");
    add_member(body, "from", std::to_string(*id));
  }
  if (arguments.has("max-in-flight")) {
    CHOREO_ASSIGN(const std::int64_t number, arguments.number("max-in-flight", 0, 1, 64));
    add_member(body, "max_in_flight", std::to_string(number));
  }
  if (arguments.has("paused")) add_member(body, "active", "false");
  if (arguments.has("active")) add_member(body, "active", "true");
  CHOREO_TRY(add_headers(body, arguments));
  return body + "}";
}

Result<int> answer_with(Context& context, const Request& request) {
  CHOREO_ASSIGN(const std::string answer, context.http().json(request));
  print_line(answer);
  return kDone;
}

Result<int> run_list(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const std::string answer, context.http().get(webhooks(arguments)));
  if (context.json()) return print_line(answer), kDone;
  CHOREO_ASSIGN(const std::string_view all, array(answer, "webhooks"));
  std::vector<std::vector<std::string>> rows = {{"WEBHOOK", "STATE", "LAG", "RETRYING", "DEAD", "URL"}};
  for (const std::string_view each : json::elements(all))
    rows.push_back({text_of(each, "id"), text_of(each, "state"), text_of(each, "lag"), text_of(each, "retrying"),
                    text_of(each, "dead"), text_of(each, "url")});
  print_table(rows);
  return kDone;
}

Result<int> run_register(Context& context, const Arguments& arguments) {
  Arguments with_url = arguments;
  with_url.options["url"] = {arguments.positional[1]};
  CHOREO_ASSIGN(const std::string body, registration(with_url));
  CHOREO_ASSIGN(const std::string answer,
                context.http().json({.method = "POST", .path = webhooks(arguments), .body = body}));
  if (context.json()) return print_line(answer), kDone;
  CHOREO_ASSIGN(const std::string_view added, member(answer, "added"));
  print_line(text_of(added, "id"));
  const std::string secret = text_of(added, "secret");
  if (!secret.empty()) note("secret, shown only now: " + secret);
  return kDone;
}

Result<int> run_change(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const std::string body, registration(arguments));
  if (body == "{}") return bad_usage("nothing to change was given");
  return answer_with(context, {.method = "PATCH", .path = webhook(arguments), .body = body});
}

Result<int> run_show(Context& context, const Arguments& arguments) {
  return answer_with(context, {.path = webhook(arguments)});
}

Result<int> run_remove(Context& context, const Arguments& arguments) {
  return answer_with(context, {.method = "DELETE", .path = webhook(arguments)});
}

Result<int> run_enable(Context& context, const Arguments& arguments) {
  return answer_with(context, {.method = "POST", .path = webhook(arguments, "/enable"), .body = "{}"});
}

// A page of attempts or of dead deliveries, a line each.
Result<int> page_of(Context& context, const Arguments& arguments, const std::string& name) {
  std::string query;
  for (const char* parameter : {"status", "op-id", "limit", "cursor"})
    if (const auto value = arguments.value(parameter))
      query += (query.empty() ? "?" : "&") + std::string(parameter == std::string("op-id") ? "op_id" : parameter) +
               "=" + encoded(*value);
  CHOREO_ASSIGN(const std::string answer, context.http().get(webhook(arguments, "/" + name) + query));
  if (context.json()) return print_line(answer), kDone;
  CHOREO_ASSIGN(const std::string_view all, array(answer, name));
  for (const std::string_view each : json::elements(all)) print_line(each);
  const std::string next = text_of(answer, "next_cursor");
  if (!next.empty()) note("more: --cursor " + next);
  return kDone;
}

Result<int> run_attempts(Context& context, const Arguments& arguments) {
  return page_of(context, arguments, "attempts");
}

Result<int> run_dead(Context& context, const Arguments& arguments) {
  return page_of(context, arguments, "dead");
}

Result<int> run_test(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const std::string answer,
                context.http().json({.method = "POST", .path = webhook(arguments, "/test"), .body = "{}"}));
  print_line(answer);
  CHOREO_ASSIGN(const std::string_view attempt, member(answer, "attempt"));
  if (text_of(attempt, "result") == "delivered") return kDone;
  return make_error(ErrorKind::unavailable, "not_delivered",
                    "the endpoint did not accept it: " + text_of(attempt, "error") + " " + text_of(attempt, "status"));
}

Result<int> run_replay(Context& context, const Arguments& arguments) {
  const int kinds = arguments.has("from") + arguments.has("op-ids") + arguments.has("dead");
  if (kinds != 1) return bad_usage("one of --from, --op-ids and --dead says what is sent again");
  std::string body = "{";
  if (arguments.has("dead")) add_member(body, "dead", "true");
  for (const char* name : {"from", "to"}) {
    if (!arguments.has(name)) continue;
    CHOREO_ASSIGN(const std::int64_t id, arguments.number(name, 0, 1, INT64_MAX));
    add_member(body, name, std::to_string(id));
  }
  if (const auto ids = arguments.value("op-ids")) {
    if (ids->find_first_not_of("0123456789, ") != std::string::npos)
      return bad_usage("--op-ids: the value '" + *ids + "' is not allowed; allowed: numbers separated by commas");
    add_member(body, "op_ids", "[" + *ids + "]");
  }
  return answer_with(context, {.method = "POST", .path = webhook(arguments, "/replay"), .body = body + "}"});
}

Result<int> run_rotate(Context& context, const Arguments& arguments) {
  std::string body = "{";
  if (arguments.has("overlap-seconds")) {
    CHOREO_ASSIGN(const std::int64_t seconds, arguments.number("overlap-seconds", 0, 0, INT32_MAX));
    add_member(body, "overlap_seconds", std::to_string(seconds));
  }
  CHOREO_TRY(add_secret(body, arguments));
  return answer_with(context, {.method = "POST", .path = webhook(arguments, "/rotate-secret"), .body = body + "}"});
}

const std::vector<Option> kMembers = {
    {"filter", "OPS", "operators to send: ALT,NUL"},
    {"tables", "TABLES", "tables to send, separated by commas"},
    {"where", "CONDITIONS", "as in stream(…): target.status=\"open\""},
    {"delivery", "KIND", "parallel or ordered"},
    {"max-in-flight", "N", "how many at once, 1..64"},
    {"format", "FORMAT", "choreo or cloudevents"},
    {"header", "LINE", "'Name: value', sent along; @FILE has a line for each; may be repeated"},
    {"description", "TEXT", "a note"},
    {"paused", "", "operations wait in the log"}};

std::vector<Option> with(std::vector<Option> more) {
  more.insert(more.begin(), kMembers.begin(), kMembers.end());
  return more;
}

const std::vector<Option> kPage = {{"limit", "N", "at most so many"},
                                   {"cursor", "CURSOR", "where the page before ended"}};

const Register list(
    {"webhook list", "SLUG", "Lists an instance's webhooks and how they fare", "", {}, 1, 1, &run_list});
const Register add(
    {"webhook register", "SLUG URL", "Sends an instance's operations to an address",
     "A url that is registered already gets these members in place of its own. The secret is shown once.",
     with({{"from", "ID", "the first operation to send, or 'beginning'"},
           {"secret", "SECRET",
            "whsec_…, or @FILE that has it, @- for standard input; one is made where none is given"}}),
     2, 2, &run_register});
const Register change({"webhook change", "SLUG WEBHOOK", "Changes some members of a webhook", "",
                       with({{"url", "URL", "another address"}, {"active", "", "no longer paused"}}), 2, 2,
                       &run_change});
const Register show({"webhook show", "SLUG WEBHOOK", "Shows a webhook and its state", "", {}, 2, 2, &run_show});
const Register remove({"webhook remove", "SLUG WEBHOOK", "Removes a webhook", "", {}, 2, 2, &run_remove});
const Register enable(
    {"webhook enable", "SLUG WEBHOOK", "Takes back a webhook that was disabled", "", {}, 2, 2, &run_enable});
const Register attempts(
    {"webhook attempts",
     "SLUG WEBHOOK",
     "Shows deliveries and what came of them, newest first",
     "",
     {{"status", "STATUS", "only of this outcome"}, {"op-id", "ID", "only of this operation"}, kPage[0], kPage[1]},
     2,
     2,
     &run_attempts});
const Register dead({"webhook dead", "SLUG WEBHOOK", "Shows the deliveries that were given up", "", kPage, 2, 2,
                     &run_dead});
const Register test(
    {"webhook test", "SLUG WEBHOOK", "Sends a signed ping, and says what came of it", "", {}, 2, 2, &run_test});
const Register replay({"webhook replay",
                       "SLUG WEBHOOK",
                       "Sends operations again",
                       "",
                       {{"from", "ID", "from this operation on"},
                        {"to", "ID", "up to this one"},
                        {"op-ids", "IDS", "these, separated by commas"},
                        {"dead", "", "those that were given up"}},
                       2,
                       2,
                       &run_replay});
const Register rotate({"webhook rotate-secret",
                       "SLUG WEBHOOK",
                       "Gives a webhook another secret",
                       "",
                       {{"overlap-seconds", "N", "how long both sign"},
                        {"secret", "SECRET", "the new one, or @FILE that has it, @- for standard input"}},
                       2,
                       2,
                       &run_rotate});

}  // namespace
}  // namespace choreo::ctl
