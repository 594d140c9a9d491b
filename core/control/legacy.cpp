// import_legacy: the earlier system's webhooks.json.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "control/webhooks.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::control {
namespace {

constexpr std::uintmax_t kMaxFileBytes = 16u << 20;
constexpr std::string_view kMark = "legacy_import";

Error bad_file(const std::string& path, const std::string& why) {
  return invalid("bad_legacy_webhooks", "'" + path + "' was not imported: " + why);
}

Result<std::string> read_canonical(const std::string& path) {
  std::error_code code;
  const std::uintmax_t size = std::filesystem::file_size(path, code);
  if (code) return bad_file(path, code.message());
  if (size > kMaxFileBytes) return bad_file(path, "it has more than " + std::to_string(kMaxFileBytes) + " bytes");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return bad_file(path, "it cannot be read");
  Result<std::string> document = json::canonicalize(text.str());
  if (!document.ok()) return bad_file(path, document.error().message);
  if (!json::is_object(*document)) return bad_file(path, "it is not an object of instances");
  return document;
}

// Everything is parsed before anything is stored.
Result<std::vector<Webhook>> parse_file(const std::string& path, std::string_view document) {
  std::vector<Webhook> webhooks;
  for (const json::Member& instance : json::members(document)) {
    const std::string slug = json::unescape(instance.key);
    if (!json::is_array(instance.value)) return bad_file(path, "the value of '" + slug + "' is not an array");
    for (std::string_view entry : json::elements(instance.value)) {
      Result<Webhook> webhook = parse_registration(entry);
      if (!webhook.ok()) return bad_file(path, "an entry of '" + slug + "': " + webhook.error().message);
      webhook->instance = slug;
      webhooks.push_back(std::move(*webhook));
    }
  }
  return webhooks;
}

}  // namespace

Status import_legacy(Store& store, const std::string& data_dir,
                     const std::function<std::optional<InstanceHead>(const std::string& slug)>& find) {
  const std::string path = data_dir + "/webhooks.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  CHOREO_ASSIGN(const bool imported, store.is_done(std::string(kMark)));
  if (imported) return {};
  CHOREO_ASSIGN(const std::string document, read_canonical(path));
  CHOREO_ASSIGN(std::vector<Webhook> webhooks, parse_file(path, document));

  std::map<std::string, std::optional<InstanceHead>> heads;
  std::vector<std::pair<Webhook, std::int64_t>> known;
  for (Webhook& webhook : webhooks) {
    auto found = heads.find(webhook.instance);
    if (found == heads.end()) found = heads.emplace(webhook.instance, find(webhook.instance)).first;
    if (!found->second) continue;
    webhook.epoch = found->second->epoch;
    known.emplace_back(std::move(webhook), found->second->head);
  }
  return store.put_once(std::string(kMark), known);
}

}  // namespace choreo::control
