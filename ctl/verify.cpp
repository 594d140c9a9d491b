// choreoctl verify: whether a backup, or the data of a server, is whole and what its logs say.
#include <unistd.h>

#include <filesystem>

#include "base/random.h"
#include "ctl/backup_set.h"
#include "ctl/command.h"
#include "ctl/data_directory.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "json/string.h"
#include "log/copy.h"
#include "log/instances.h"
#include "log/verify.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDetails =
    "With the path of a backup: checks every checksum, the integrity of every database, and replays each log into a\n"
    "fresh projection, which must be the stored one. Without: the same, but for checksums, of copies of the data\n"
    "directory's instances, also while the server runs. A replay needs as much room in --scratch as the largest\n"
    "instance. Ends with status 4 if something is wrong.";

struct Found {
  std::string slug;
  std::int64_t operations = 0;
  std::vector<std::string> wrong;
};

Result<Found> verify_one(const std::string& slug, const std::string& path, const Scratch& scratch) {
  const std::string replayed = scratch.path() + "/replayed.db";
  CHOREO_ASSIGN(log::Verified verified, log::verify_copy(path, replayed));
  std::error_code ignored;
  for (const char* tail : {"", "-wal", "-shm", "-journal"}) fs::remove(replayed + tail, ignored);
  return Found{slug, verified.operations, std::move(verified.wrong)};
}

Result<std::vector<Found>> verify_backup(const std::string& path, const Scratch& scratch) {
  std::vector<Found> all;
  const Result<Manifest> manifest = check_backup(path);
  if (!manifest.ok()) {
    if (manifest.error().code != "bad_backup") return manifest.error();
    return std::vector<Found>{{"", 0, {manifest.error().message}}};
  }
  for (const BackedUpInstance& each : manifest->instances) {
    CHOREO_ASSIGN(Found found, verify_one(each.slug, path + "/instances/" + each.slug + ".db", scratch));
    all.push_back(std::move(found));
  }
  for (const std::string& file : manifest->files) {
    if (!file.starts_with("control/") || !file.ends_with(".db")) continue;
    CHOREO_ASSIGN(const std::string damage, log::integrity(path + "/" + file));
    if (!damage.empty()) all.push_back({file, 0, {"the file is damaged: " + damage}});
  }
  for (const LeftOut& each : manifest->left_out)
    all.push_back({each.slug, 0, {"it is not in the backup: " + each.error}});
  return all;
}

Result<std::vector<Found>> verify_data(const Settings& settings, const Scratch& scratch) {
  CHOREO_ASSIGN(const log::Instances instances, existing_instances(settings));
  CHOREO_ASSIGN(const std::vector<std::string> slugs, instances.list());
  std::vector<Found> all;
  for (const std::string& slug : slugs) {
    const std::string copy = scratch.path() + "/copy.db";
    std::error_code ignored;
    fs::remove(copy, ignored);
    const Status copied = log::copy_database(instances.db_path(slug), copy);
    if (copied.ok()) {
      CHOREO_ASSIGN(Found found, verify_one(slug, copy, scratch));
      all.push_back(std::move(found));
    } else if (copied.error().code == "disk_full") {
      return copied.error();
    } else if (instances.identity(slug).ok()) {
      all.push_back({slug, 0, {copied.error().message}});
    }
  }
  return all;
}

void say(const Context& context, const std::vector<Found>& all, bool good) {
  std::string list;
  for (const Found& each : all) {
    if (context.json()) {
      std::string wrong;
      for (const std::string& sentence : each.wrong) wrong += (wrong.empty() ? "" : ",") + json::quote(sentence);
      list += (list.empty() ? "" : ",") + ("{\"instance\":" + json::quote(each.slug)) +
              ",\"operations\":" + std::to_string(each.operations) + ",\"wrong\":[" + wrong + "]}";
      continue;
    }
    const std::string what = each.slug.empty() ? "" : each.slug + ": ";
    if (each.wrong.empty()) print_line(what + std::to_string(each.operations) + " operations, as their log says");
    for (const std::string& sentence : each.wrong) print_line(what + sentence);
  }
  if (context.json()) print_line("{\"ok\":" + std::string(good ? "true" : "false") + ",\"instances\":[" + list + "]}");
}

Result<int> run_verify(Context& context, const Arguments& arguments) {
  std::error_code error;
  const std::string parent = arguments.value_or("scratch", fs::temp_directory_path(error).string());
  CHOREO_ASSIGN(const Scratch scratch, Scratch::make(parent, "choreo-verify-" + system_random().hex(8)));
  CHOREO_ASSIGN(const std::vector<Found> all, arguments.positional.empty()
                                                  ? verify_data(context.settings(), scratch)
                                                  : verify_backup(arguments.positional[0], scratch));
  bool good = true;
  for (const Found& each : all) good = good && each.wrong.empty();
  say(context, all, good);
  return good ? kDone : kFound;
}

const Register verify({"verify",
                       "[BACKUP]",
                       "Checks a backup, or the data directory, and replays every log",
                       kDetails,
                       {{"scratch", "DIRECTORY", "where to replay ($TMPDIR, else /tmp)"}},
                       0,
                       1,
                       &run_verify});

}  // namespace
}  // namespace choreo::ctl
