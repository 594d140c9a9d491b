// choreoctl verify: whether a backup, or the data of a server, is whole and what its logs say.
#include <unistd.h>

#include <filesystem>

#include "base/random.h"
#include "ctl/backup_set.h"
#include "ctl/command.h"
#include "ctl/data_directory.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/unfinished.h"
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
    "directory's databases, also while the server runs. It needs as much room in --scratch as the largest instance, "
    "for\n"
    "the data directory twice as much. Ends with status 4 if something is wrong.";

struct Found {
  std::string slug;
  std::int64_t operations = 0;
  std::vector<std::string> wrong;
};

// Whether it says something of this machine, not of the data.
bool keeps_from_looking(const Error& error) {
  return error.code == "disk_full" || error.code == "storage_unavailable" || error.code == "out_of_memory";
}

Result<Found> verify_one(const std::string& slug, const std::string& path, const std::string& scratch) {
  const std::string replayed = scratch + "/replayed.db";
  Result<log::Verified> verified = log::verify_copy(path, replayed);
  std::error_code ignored;
  for (const char* tail : {"", "-wal", "-shm", "-journal"}) fs::remove(replayed + tail, ignored);
  if (verified.ok()) return Found{slug, verified->operations, std::move(verified->wrong)};
  if (keeps_from_looking(verified.error())) return verified.error();
  return Found{slug, 0, {verified.error().message}};
}

// What the manifest says of the log that is there.
void compare(const BackedUpInstance& said, const std::string& path, Found& found) {
  const Result<log::CopiedHead> head = log::head_of_copy(path);
  if (!head.ok()) return;  // verify_one said why
  if (head->head != said.head)
    found.wrong.push_back("its log ends with operation " + std::to_string(head->head) + ", the manifest says " +
                          std::to_string(said.head));
  if (head->epoch != said.epoch)
    found.wrong.push_back("its epoch is " + head->epoch + ", the manifest says " + said.epoch);
}

Status verify_control(const std::string& name, const std::string& path, std::vector<Found>& all) {
  CHOREO_ASSIGN(const std::string damage, log::integrity(path));
  if (!damage.empty()) all.push_back({name, 0, {"the file is damaged: " + damage}});
  return {};
}

Result<std::vector<Found>> verify_backup(const std::string& path, const std::string& scratch) {
  std::vector<Found> all;
  const Result<Manifest> manifest = check_backup(path);
  if (!manifest.ok()) {
    if (manifest.error().code != "bad_backup") return manifest.error();
    return std::vector<Found>{{"", 0, {manifest.error().message}}};
  }
  for (const BackedUpInstance& each : manifest->instances) {
    const std::string file = path + "/instances/" + std::string(each.slug).append(".db");
    CHOREO_ASSIGN(Found found, verify_one(each.slug, file, scratch));
    compare(each, file, found);
    all.push_back(std::move(found));
  }
  for (const std::string& file : manifest->files)
    if (file.starts_with("control/") && file.ends_with(".db"))
      CHOREO_TRY(verify_control(file, fs::path(path) / file, all));
  for (const LeftOut& each : manifest->left_out)
    all.push_back({each.slug, 0, {"it is not in the backup: " + each.error}});
  return all;
}

// Copies a database that is in use; false: it cannot be, and `all` says why.
Result<bool> copied(const std::string& name, const std::string& from, const std::string& copy,
                    std::vector<Found>& all) {
  std::error_code ignored;
  fs::remove(copy, ignored);
  const Status status = log::copy_database(from, copy);
  if (status.ok()) return true;
  if (keeps_from_looking(status.error())) return status.error();
  if (status.error().kind != ErrorKind::not_found) all.push_back({name, 0, {status.error().message}});
  return false;  // not found: it was deleted meanwhile
}

Result<std::vector<Found>> verify_data(const Settings& settings, const std::string& scratch) {
  CHOREO_ASSIGN(const log::Instances instances, existing_instances(settings));
  CHOREO_ASSIGN(const std::vector<std::string> slugs, instances.list());
  const std::string copy = scratch + "/copy.db";
  std::vector<Found> all;
  for (const std::string& slug : slugs) {
    CHOREO_ASSIGN(const bool there, copied(slug, instances.db_path(slug), copy, all));
    if (!there) continue;
    CHOREO_ASSIGN(Found found, verify_one(slug, copy, scratch));
    all.push_back(std::move(found));
  }
  const std::string control = ".control/control.db";
  CHOREO_ASSIGN(const bool there, copied(control, instances.dir() + "/" + control, copy, all));
  if (there) CHOREO_TRY(verify_control(control, copy, all));
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
  const fs::path usual = fs::temp_directory_path(error);
  if (error && !arguments.has("scratch"))
    return bad_usage("TMPDIR is no directory: " + error.message() + "; --scratch names another one");
  const std::string parent = arguments.value_or("scratch", usual.string());
  const std::string scratch = parent + "/choreo-verify-" + system_random().hex(8);
  Unfinished unfinished;  // to the end: nothing of it is kept
  CHOREO_TRY(unfinished.begin(scratch, [&] { return make_directory(scratch); }));
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
