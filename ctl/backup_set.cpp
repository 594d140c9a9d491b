#include "ctl/backup_set.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>

#include "ctl/answers.h"
#include "ctl/files.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxManifestBytes = 64 << 20;
constexpr std::size_t kSumLength = 64;

Error bad_backup(const std::string& directory, const std::string& how) {
  return invalid("bad_backup", "the backup " + directory + " is damaged or incomplete: " + how);
}

// Lines of sha256sum(1): the sum, two spaces, the path.
Result<std::map<std::string, std::string>> read_sums(const std::string& directory) {
  CHOREO_ASSIGN(const std::string text, read_file(directory + "/" + kSums, kMaxManifestBytes));
  std::map<std::string, std::string> sums;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() <= kSumLength + 2 || line.substr(kSumLength, 2) != "  ")
      return bad_backup(directory, std::string(kSums) + " has a line that is no checksum");
    sums[line.substr(kSumLength + 2)] = line.substr(0, kSumLength);
  }
  return sums;
}

Result<Manifest> parse_manifest(const std::string& directory, std::string_view text) {
  const Result<std::string> canonical = json::canonicalize(text);
  if (!canonical.ok() || !json::is_object(*canonical))
    return bad_backup(directory, std::string(kManifest) + " is no JSON object");
  const std::string format = text_of(*canonical, "format");
  if (format != std::to_string(kBackupFormat))
    return bad_backup(directory, "its format is '" + format + "', this program knows " + std::to_string(kBackupFormat));
  Manifest manifest{
      text_of(*canonical, "version"), text_of(*canonical, "made"), text_of(*canonical, "dir"), {}, {}, {}};
  const auto list = [&](const char* name) -> Result<json::Elements> {
    const auto found = json::find(*canonical, name);
    if (found && json::is_array(*found)) return json::elements(*found);
    return bad_backup(directory, std::string(kManifest) + " has no list of " + name);
  };
  CHOREO_ASSIGN(const json::Elements instances, list("instances"));
  for (const std::string_view each : instances) {
    BackedUpInstance instance{text_of(each, "slug"), text_of(each, "epoch"), 0};
    const std::string head = text_of(each, "head");
    std::from_chars(head.data(), head.data() + head.size(), instance.head);
    manifest.instances.push_back(std::move(instance));
  }
  CHOREO_ASSIGN(const json::Elements left_out, list("left_out"));
  for (const std::string_view each : left_out)
    manifest.left_out.push_back({text_of(each, "slug"), text_of(each, "error")});
  CHOREO_ASSIGN(const json::Elements files, list("files"));
  for (const std::string_view each : files) {
    const fs::path file = json::is_string(each) ? json::unquote(each) : "";
    if (file.empty() || file.is_absolute() || file != file.lexically_normal() || *file.begin() == "..")
      return bad_backup(directory, "the manifest names " + std::string(each) + ", which is no file of a backup");
    manifest.files.push_back(file.string());
  }
  for (const BackedUpInstance& each : manifest.instances)
    if (std::count(manifest.files.begin(), manifest.files.end(), "instances/" + each.slug + ".db") != 1)
      return bad_backup(directory, "it has no file of instance '" + each.slug + "'");
  return manifest;
}

}  // namespace

std::string Manifest::json() const {
  std::string out = "{\"format\":" + std::to_string(kBackupFormat) + ",\"version\":" + json::quote(version) +
                    ",\"made\":" + json::quote(made) + ",\"dir\":" + json::quote(dir) + ",\"instances\":[";
  for (const BackedUpInstance& each : instances) {
    if (&each != &instances.front()) out += ',';
    out.append("{\"slug\":").append(json::quote(each.slug)).append(",\"epoch\":").append(json::quote(each.epoch));
    out.append(",\"head\":").append(std::to_string(each.head)).append("}");
  }
  out += "],\"left_out\":[";
  for (const LeftOut& each : left_out) {
    if (&each != &left_out.front()) out += ',';
    out.append("{\"slug\":")
        .append(json::quote(each.slug))
        .append(",\"error\":")
        .append(json::quote(each.error))
        .append("}");
  }
  out += "],\"files\":[";
  for (const std::string& each : files) out += (&each == &files.front() ? "" : ",") + json::quote(each);
  return out + "]}";
}

Status finish_backup(const std::string& directory, Manifest manifest) {
  CHOREO_ASSIGN(manifest.files, files_below(directory));
  CHOREO_TRY(write_file(directory + "/" + kManifest, manifest.json() + "\n"));
  std::string sums;
  std::vector<std::string> all = manifest.files;
  all.emplace_back(kManifest);
  for (const std::string& file : all) {
    CHOREO_ASSIGN(const std::string sum, sha256_of(fs::path(directory) / file));
    sums.append(sum).append("  ").append(file).append("\n");
  }
  CHOREO_TRY(write_file(directory + "/" + kSums, sums));
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_directory(error)) CHOREO_TRY(sync_directory(it->path().string()));
  if (error) return file_error("list '" + directory + "'", error.value());
  return sync_directory(directory);
}

Result<Manifest> check_backup(const std::string& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    return make_error(ErrorKind::not_found, "not_found", directory + " is no directory; a backup is one");
  for (const char* file : {kManifest, kSums})
    if (!fs::exists(directory + "/" + file, error)) return bad_backup(directory, std::string(file) + " is missing");
  CHOREO_ASSIGN(auto sums, read_sums(directory));
  CHOREO_ASSIGN(const std::string text, read_file(directory + "/" + kManifest, kMaxManifestBytes));
  const auto check = [&](const std::string& file) -> Status {
    const auto expected = sums.find(file);
    if (expected == sums.end()) return bad_backup(directory, file + " has no checksum");
    if (!fs::exists(directory + "/" + file)) return bad_backup(directory, file + " is missing");
    CHOREO_ASSIGN(const std::string sum, sha256_of(directory + "/" + file));
    if (sum != expected->second) return bad_backup(directory, file + " is not what its checksum says");
    sums.erase(expected);
    return {};
  };
  CHOREO_TRY(check(kManifest));
  CHOREO_ASSIGN(Manifest manifest, parse_manifest(directory, text));
  for (const std::string& file : manifest.files) CHOREO_TRY(check(file));
  if (!sums.empty()) return bad_backup(directory, sums.begin()->first + " is not in the manifest");
  return manifest;
}

Result<std::vector<std::string>> backups_in(const std::string& directory) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kBackupPrefix) && !name.ends_with(kUnfinished) && fs::exists(entry.path() / kSums, error))
      found.push_back(entry.path().string());
  }
  if (error)
    return make_error(ErrorKind::unavailable, "storage_unavailable", "list '" + directory + "': " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace choreo::ctl
