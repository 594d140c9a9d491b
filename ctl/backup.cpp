// choreoctl backup: everything that a site needs to come back, copied while it runs.
#include <unistd.h>

#include <filesystem>

#include "base/clock.h"
#include "base/timestamp.h"
#include "ctl/backup_set.h"
#include "ctl/command.h"
#include "ctl/data_directory.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/hook.h"
#include "ctl/unfinished.h"
#include "json/string.h"
#include "log/copy.h"
#include "log/instances.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr const char* kDefaultPlace = "/var/backups/choreo";

constexpr const char* kDetails =
    "Copies the data directory into DIRECTORY/choreo-<time>, or /var/backups/choreo where none is named, while the\n"
    "server runs: each instance as of one moment. The directory has its name only when it is complete and on disk.\n"
    "Webhooks' state is copied before the logs, so after a restore a delivery may come twice, and none is left out.\n\n"
    "What is in it: every instance; .control, with the webhooks' secrets and the records of tokens; the settings file\n"
    "and the keys of tokens. Whoever can read it can sign in your name, so its files are 0600, and copies elsewhere\n"
    "should be encrypted.";

// 2026-11-21T113000Z: sorts by time, and is a name that every file system takes.
std::string name_now() {
  const std::string ts = format_timestamp(system_clock().wall_ms());
  std::string name = ts.substr(0, 19) + "Z";
  std::erase(name, ':');
  return kBackupPrefix + name;
}

class Backup {
 public:
  Backup(const Settings& settings, log::Instances instances, std::string directory, bool skip_damaged)
      : settings_(settings), instances_(std::move(instances)), to_(std::move(directory)), skip_damaged_(skip_damaged) {}

  Result<Manifest> run() {
    manifest_.version = CHOREO_VERSION;
    manifest_.made = format_timestamp(system_clock().wall_ms());
    manifest_.dir = instances_.dir();
    CHOREO_TRY(control());
    CHOREO_TRY(logs());
    CHOREO_TRY(settings());
    CHOREO_TRY(finish_backup(to_, manifest_));
    return manifest_;
  }

 private:
  // Before the logs: a cursor that is older than its log repeats deliveries, a newer one would skip operations.
  Status control() {
    CHOREO_TRY(make_directory(to_ + "/control"));
    CHOREO_ASSIGN(const std::vector<std::string> files, files_below(instances_.control_dir()));
    for (const std::string& file : files) {
      const bool passing = file.starts_with("locks/") || file.starts_with("tmp/") || file.ends_with(".lock") ||
                           file.ends_with("-wal") || file.ends_with("-shm");
      if (passing) continue;
      CHOREO_TRY(make_parents("control/" + file));
      const std::string from = instances_.control_dir() + "/" + file;
      const std::string to = to_ + "/control/" + file;
      CHOREO_TRY(file.ends_with(".db") ? log::copy_database(from, to) : copy_file(from, to));
    }
    return {};
  }

  Status logs() {
    CHOREO_TRY(make_directory(to_ + "/instances"));
    CHOREO_ASSIGN(const std::vector<std::string> slugs, instances_.list());
    for (const std::string& slug : slugs) {
      Status copied = log_of(slug);
      if (copied.ok()) continue;
      if (!instances_.identity(slug).ok()) {  // deleted meanwhile
        std::error_code ignored;
        fs::remove(to_ + "/instances/" + slug + ".db", ignored);
        continue;
      }
      if (!skip_damaged_ || copied.error().code == "disk_full")
        return make_error(copied.error().kind, copied.error().code,
                          "instance '" + slug + "': " + copied.error().message +
                              " (--skip-damaged backs up the others and says which are missing)");
      std::error_code ignored;
      fs::remove(to_ + "/instances/" + slug + ".db", ignored);
      manifest_.left_out.push_back({slug, copied.error().message});
    }
    return {};
  }

  // A copy of a damaged file would be found out only when it is needed.
  Status log_of(const std::string& slug) {
    const std::string to = to_ + "/instances/" + slug + ".db";
    CHOREO_TRY(log::copy_database(instances_.db_path(slug), to));
    CHOREO_ASSIGN(const std::string damage, log::integrity(to));
    if (!damage.empty()) return make_error(ErrorKind::unavailable, "corrupt", "the file is damaged: " + damage);
    CHOREO_ASSIGN(const log::CopiedHead head, log::head_of_copy(to));
    manifest_.instances.push_back({slug, head.epoch, head.head});
    return {};
  }

  Status settings() {
    CHOREO_TRY(make_directory(to_ + "/settings"));
    std::error_code error;
    if (fs::exists(settings_.config, error))
      CHOREO_TRY(copy_file(settings_.config, to_ + "/settings/" + fs::path(settings_.config).filename().string()));
    const std::string& keys = settings_.keys_dir;
    CHOREO_ASSIGN(const std::vector<std::string> files, files_below(keys));
    for (const std::string& file : files) {
      CHOREO_TRY(make_parents("settings/keys/" + file));
      CHOREO_TRY(copy_file((fs::path(keys) / file).string(), to_ + "/settings/keys/" + file));
    }
    return {};
  }

  Status make_parents(const std::string& file) {
    for (std::size_t slash = file.find('/'); slash != std::string::npos; slash = file.find('/', slash + 1)) {
      const std::string directory = to_ + "/" + file.substr(0, slash);
      std::error_code error;
      if (!fs::exists(directory, error)) CHOREO_TRY(make_directory(directory));
    }
    return {};
  }

  const Settings& settings_;
  const log::Instances instances_;
  const std::string to_;
  const bool skip_damaged_;
  Manifest manifest_;
};

// The oldest beyond `keep` go; only complete backups count, and only they are removed.
Status forget_old(const std::string& place, std::int64_t keep) {
  CHOREO_ASSIGN(const std::vector<std::string> all, backups_in(place));
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) < all.size(); ++i) {
    // First its name, so that one that is half removed is not taken for a backup.
    const std::string leaving = all[i] + kUnfinished;
    CHOREO_TRY(rename_file(all[i], leaving));
    std::error_code error;
    fs::remove_all(leaving, error);
    if (error)
      return make_error(ErrorKind::unavailable, "storage_unavailable", "remove " + leaving + ": " + error.message());
  }
  return {};
}

Status say_done(const Context& context, const std::string& path, const Manifest& manifest) {
  if (context.json()) {
    print_line("{\"backup\":" + json::quote(path) + ",\"manifest\":" + manifest.json() + "}");
    return {};
  }
  std::int64_t operations = 0;
  for (const BackedUpInstance& each : manifest.instances) operations += each.head;
  print_line(path);
  note(std::to_string(manifest.instances.size()) + " instances, " + std::to_string(operations) +
       " operations; it holds secrets: keep it to yourself");
  return {};
}

Result<int> run_backup(Context& context, const Arguments& arguments) {
  CHOREO_ASSIGN(const std::int64_t keep, arguments.number("keep", 0, 1, 100'000));
  CHOREO_ASSIGN(log::Instances instances, existing_instances(context.settings()));
  const std::string place = arguments.positional.empty() ? kDefaultPlace : arguments.positional[0];
  std::error_code error;
  fs::create_directories(place, error);
  if (error)
    return make_error(ErrorKind::unavailable, "storage_unavailable", "make '" + place + "': " + error.message());
  const std::string name = name_now();
  const std::string path = place + "/" + name;
  if (fs::exists(path, error)) return make_error(ErrorKind::conflict, "exists", path + " exists already");
  const std::string made = path + kUnfinished;
  Unfinished unfinished;
  CHOREO_TRY(unfinished.begin(made, [&] { return make_directory(made); }));
  CHOREO_ASSIGN(const Manifest manifest,
                Backup(context.settings(), std::move(instances), made, arguments.has("skip-damaged")).run());
  CHOREO_TRY(unfinished.finish([&] { return rename_file(made, path); }));
  CHOREO_TRY(sync_directory(place));
  CHOREO_TRY(say_done(context, path, manifest));
  if (const auto then = arguments.value("then"))
    CHOREO_TRY(run_hook(*then, {{"CHOREO_BACKUP", path}, {"CHOREO_BACKUP_NAME", name}}));
  if (keep > 0) CHOREO_TRY(forget_old(place, keep));
  if (manifest.left_out.empty()) return kDone;
  std::string missing;
  for (const LeftOut& each : manifest.left_out)
    missing += (missing.empty() ? " " : "; ") + each.slug + ": " + each.error;
  return make_error(ErrorKind::unavailable, "incomplete", "the backup lacks what could not be read:" + missing);
}

const Register backup({"backup",
                       "[DIRECTORY]",
                       "Copies all instances, control data and settings, while the server runs",
                       kDetails,
                       {{"then", "COMMAND", "a shell command that runs afterwards; $CHOREO_BACKUP is the path"},
                        {"keep", "N", "afterwards, remove all but the newest N backups in DIRECTORY"},
                        {"skip-damaged", "", "leave out instances that cannot be read; the status is then 1"}},
                       0,
                       1,
                       &run_backup});

}  // namespace
}  // namespace choreo::ctl
