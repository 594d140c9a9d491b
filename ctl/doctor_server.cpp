// What answers at the url: the server's own health, its instances, a stream, webhooks.
#include <utility>

#include "ctl/answers.h"
#include "ctl/doctor.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

constexpr long kStreamMs = 5000;
constexpr long kTimeoutMs = 20'000;

// Whether a Choreo server answers; says what is wrong with it.
bool check_health(Checkup& checkup) {
  const std::string& url = checkup.context.settings().url;
  const Result<Response> response = checkup.context.http().send({.path = "/health", .timeout_ms = kTimeoutMs});
  if (!response.ok())
    return checkup.found("no_answer", response.error().message,
                         "Does nginx run (`systemctl status nginx`), and is this its address? CHOREO_URL or --url "
                         "names another."),
           false;
  const Result<std::string> body = json::canonicalize(response->body);
  const std::string status = body.ok() && json::is_object(*body) ? text_of(*body, "status") : "";
  if (status.empty())
    return checkup.found("no_answer",
                         url + "/health answered with status " + std::to_string(response->status) +
                             " and nothing that Choreo says",
                         response->status == 502
                             ? "nginx runs, but no worker does: `systemctl status 'choreo-fcgi*'`"
                             : "Another site answers there; is the server_name right, and the site enabled?"),
           false;
  if (status != "ok") {
    std::string why = text_of(*body, "error");
    for (const std::string_view each : json::elements(array_or_none(*body, "components")))
      if (text_of(each, "status") != "ok")
        why.append(why.empty() ? "" : "; ")
            .append(text_of(each, "name"))
            .append(" is ")
            .append(text_of(each, "status"));
    checkup.found("unhealthy", "the server is " + status + ": " + why,
                  "It goes on by itself when that is over. `journalctl -u 'choreo*'` has more.");
  }
  return status != "failing";
}

void check_stream(Checkup& checkup, const std::string& slug) {
  bool came = false;
  Request request{.path = "/" + encoded(slug) + "/stream?last_id=latest", .timeout_ms = kStreamMs};
  request.on_data = [&](std::string_view) { return came = true, false; };
  const Result<Response> response = checkup.context.http().send(request);
  if (came || (response.ok() && response->status / 100 != 2)) return;
  checkup.found(
      "stream_held_back", "nothing of " + request.path + " came within " + std::to_string(kStreamMs / 1000) + " s",
      "A proxy on the way buffers: proxy_buffering off for it, as nginx's fragments have it (docs/deploy.md).");
}

void check_webhook(Checkup& checkup, const std::string& slug, std::string_view webhook) {
  const std::string named = "webhook " + text_of(webhook, "id") + " of " + slug + " to " + text_of(webhook, "url");
  const std::string command = " " + shell_word(slug) + " " + shell_word(text_of(webhook, "id"));
  const std::string disabled = text_of(webhook, "disabled_reason");
  const std::string warning = text_of(webhook, "warning");
  if (!disabled.empty() || !warning.empty())
    checkup.found("webhook_disabled", named + (disabled.empty() ? " fails: " + warning : " is disabled: " + disabled),
                  "`choreoctl webhook attempts" + command +
                      "` shows what came of it; once it works: `choreoctl webhook "
                      "enable" +
                      command + "`");
  const std::string dead = text_of(webhook, "dead");
  if (!dead.empty() && dead != "0")
    checkup.found("webhook_dead", dead + " deliveries of " + named + " were given up",
                  "`choreoctl webhook replay" + command + " --dead` sends them again.");
}

void check_instances(Checkup& checkup) {
  const Result<std::string> answer = checkup.context.http().get("/instances");
  const Result<std::string_view> all = answer.ok() ? array(*answer, "instances") : answer.error();
  if (!all.ok())
    return checkup.found(
        "no_answer", "/instances: " + all.error().message,
        "A token may be needed: `choreoctl token create --subject doctor --scope '*:read'` prints one for "
        "CHOREO_TOKEN.");
  bool streamed = false;
  for (const std::string_view each : json::elements(*all)) {
    const std::string slug = text_of(each, "slug");
    if (!text_of(each, "error").empty()) {
      checkup.found("damaged_instance", slug + ": " + text_of(each, "error"),
                    "`choreoctl restore BACKUP --instance " + shell_word(slug) +
                        " --replace` puts the one of a backup in its place, and keeps this one beside it.");
      continue;
    }
    if (!std::exchange(streamed, true)) check_stream(checkup, slug);
    const Result<std::string> webhooks = checkup.context.http().get("/" + encoded(slug) + "/webhooks");
    if (!webhooks.ok()) continue;
    for (const std::string_view webhook : json::elements(array_or_none(*webhooks, "webhooks")))
      check_webhook(checkup, slug, webhook);
  }
}

}  // namespace

void check_server(Checkup& checkup) {
  if (check_health(checkup)) check_instances(checkup);
}

}  // namespace choreo::ctl
