// choreoctl instance …: the instances of the server.
#include <cstdint>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

// What GET /instances says of one.
Result<std::string> described(Context& context, const std::string& slug) {
  CHOREO_ASSIGN(const std::string answer, context.http().get("/instances"));
  CHOREO_ASSIGN(const std::string_view all, array(answer, "instances"));
  for (const std::string_view each : json::elements(all))
    if (text_of(each, "slug") == slug) return std::string(each);
  return make_error(ErrorKind::not_found, "unknown_instance",
                    "instance '" + slug + "' does not exist; `choreoctl instance list` shows those that do");
}

Result<int> run_list(Context& context, const Arguments&) {
  CHOREO_ASSIGN(const std::string answer, context.http().get("/instances"));
  if (context.json()) return print_line(answer), kDone;
  CHOREO_ASSIGN(const std::string_view all, array(answer, "instances"));
  std::vector<std::vector<std::string>> rows = {{"INSTANCE", "OPERATIONS", "ENTITIES", "BYTES", "LAST OPERATION"}};
  for (const std::string_view each : json::elements(all)) {
    if (!text_of(each, "error").empty()) {
      rows.push_back({text_of(each, "slug"), "-", "-", "-", text_of(each, "error")});
      continue;
    }
    rows.push_back({text_of(each, "slug"), text_of(each, "operations"), text_of(each, "entities"),
                    text_of(each, "file_size"), text_of(each, "last_op_ts")});
  }
  print_table(rows);
  return kDone;
}

Result<int> run_info(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const std::string instance, described(context, arguments.positional[0]));
  if (context.json()) return print_line(instance), kDone;
  std::vector<std::vector<std::string>> rows;
  for (const json::Member& each : json::members(instance))
    rows.push_back(
        {std::string(each.key), json::is_string(each.value) ? json::unquote(each.value) : std::string(each.value)});
  print_table(rows);
  return kDone;
}

Result<int> run_create(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  CHOREO_ASSIGN(
      const std::string answer,
      context.http().json({.method = "POST", .path = "/instances", .body = "{\"slug\":" + json::quote(slug) + "}"}));
  print_line(context.json() ? answer : slug + ": created");
  return kDone;
}

Result<int> run_delete(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  if (!arguments.has("yes"))
    return bad_usage("deleting '" + slug + "' removes its whole log, for good; say --yes if that is meant");
  CHOREO_ASSIGN(const std::string answer,
                context.http().json({.method = "DELETE", .path = "/instances/" + encoded(slug)}));
  print_line(context.json() ? answer : slug + ": deleted");
  return kDone;
}

Result<int> run_rebuild(Context& context, const Arguments& arguments) {
  const std::string& slug = arguments.positional[0];
  CHOREO_ASSIGN(
      const std::string answer,
      context.http().json({.method = "POST", .path = "/instances/" + encoded(slug) + "/rebuild", .timeout_ms = 0}));
  print_line(context.json() ? answer : slug + ": the state was replayed from the log");
  return kDone;
}

const Register list({"instance list", "", "Lists the instances", "", {}, 0, 0, &run_list});
const Register info({"instance info", "SLUG", "Shows what the server knows of an instance", "", {}, 1, 1, &run_info});
const Register create({"instance create", "SLUG", "Makes an instance", "", {}, 1, 1, &run_create});
const Register remove({"instance delete",
                       "SLUG",
                       "Deletes an instance, its log and its webhooks",
                       "",
                       {{"yes", "", "really"}},
                       1,
                       1,
                       &run_delete});
const Register rebuild(
    {"instance rebuild", "SLUG", "Replays the log into an empty projection", "", {}, 1, 1, &run_rebuild});

}  // namespace
}  // namespace choreo::ctl
