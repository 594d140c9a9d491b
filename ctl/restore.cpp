// choreoctl restore: a backup becomes a data directory, or one of its instances joins one, also in place of its own.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/sleep.h"
#include "base/timestamp.h"
#include "control/file.h"
#include "control/restored.h"
#include "ctl/backup_set.h"
#include "ctl/command.h"
#include "ctl/data_directory.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/unfinished.h"
#include "json/string.h"
#include "log/copy.h"
#include "log/instances.h"
#include "log/replace.h"
#include "log/schema_check.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr const char* kArriving = ".restoring";
constexpr std::size_t kEpochBytes = 16;
constexpr std::int64_t kDispatcherSeesMs = 2500;  // it looks every second

constexpr const char* kDetails =
    "Puts BACKUP's instances and control data into the data directory (--dir), which must have neither, with the "
    "server\n"
    "stopped. A damaged or incomplete backup is refused before anything is written, and nothing is ever "
    "overwritten.\n\n"
    "Each log gets a new epoch, because it goes on differently from the one that was copied: a stream that had seen\n"
    "more is told to reset, ETags of before do not match, and a receiver of webhooks does not take a new operation "
    "for\n"
    "one that is lost. Webhooks go on from where they were at the backup. With --keep-epoch they stay, for moving a\n"
    "site that nobody has written to since.\n\n"
    "With --instance only that one, also into a server that runs. Where the server has it, --replace puts the backup "
    "in\n"
    "its place: the log of before is kept beside it as SLUG.db.replaced-TIME, the instance's webhooks stay, and go on\n"
    "from where the two logs part. Where the server does not have it, it comes without webhooks. Tokens are the\n"
    "server's, and stay as they are. --keep-epoch then needs a server that is stopped.";

// No server may have the directory open: the dispatcher holds this lock as long as it runs.
Status check_stopped(const std::string& dir) {
  const std::string path = dir + "/.control/dispatcher.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return {};
  const bool free = flock(fd, LOCK_EX | LOCK_NB) == 0;
  close(fd);
  if (free) return {};
  return make_error(ErrorKind::conflict, "running",
                    "a server works on " + dir + "; stop it first: systemctl stop choreo.target, or scripts/down");
}

// A file that another program made could have the right name and tables that do something else.
Status check_schemas(const std::string& backup, const Manifest& manifest, const std::optional<std::string>& slug) {
  for (const std::string& file : manifest.files) {
    if (slug && file != "instances/" + *slug + ".db") continue;  // only of what is taken
    const std::string path = backup + "/" + file;
    if (file.starts_with("instances/") && file.ends_with(".db")) CHOREO_TRY(log::check_schema(path));
    if (file == "control/control.db") CHOREO_TRY(control::check_schema(path));
  }
  return {};
}

// What is there already, or "".
Result<std::string> in_the_way(const std::string& dir) {
  std::error_code error;
  if (!fs::exists(dir, error) && !error) return std::string();
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".db") || name.ends_with(kArriving)) return entry.path().string();
  }
  if (error) return make_error(ErrorKind::unavailable, "data_dir", "look into '" + dir + "': " + error.message());
  const std::string control = dir + "/.control/control.db";
  return fs::exists(control, error) ? control : std::string();
}

Status check_free(const std::string& dir) {
  CHOREO_TRY(check_stopped(dir));
  CHOREO_ASSIGN(const std::string there, in_the_way(dir));
  if (there.empty()) return {};
  return make_error(ErrorKind::conflict, "exists",
                    there + " is there already, and nothing is overwritten; move it away first: mkdir " + dir +
                        ".before && mv " + dir + "/* " + dir + "/.control " + dir + ".before/");
}

Status make_data_directory(const std::string& dir) {
  std::error_code error;
  fs::create_directories(dir + "/.control", error);
  if (error) return make_error(ErrorKind::unavailable, "data_dir", "make '" + dir + "': " + error.message());
  return give_to_owner_of(dir + "/.control", dir);
}

// Copies beside their places first, and renames when all are on disk.
class Restore {
 public:
  Restore(std::string backup, const Manifest& manifest, std::string dir, bool keep_epoch)
      : backup_(std::move(backup)), manifest_(manifest), dir_(std::move(dir)), keep_epoch_(keep_epoch) {}

  Status run() {
    CHOREO_TRY(copy_all());
    if (!keep_epoch_) CHOREO_TRY(renew());
    for (const auto& [arriving, place] : arriving_) CHOREO_TRY(give_to_owner_of(arriving, dir_));
    return unfinished_.finish([this] { return put_in_place(); });
  }

 private:
  Status copy_all() {
    for (const std::string& file : manifest_.files) {
      const std::string place = place_of(file);
      if (place.empty()) continue;
      std::error_code error;
      fs::create_directories(fs::path(place).parent_path(), error);
      if (error) return make_error(ErrorKind::unavailable, "data_dir", "make '" + place + "': " + error.message());
      CHOREO_TRY(give_to_owner_of(fs::path(place).parent_path().string(), dir_));
      const std::string arriving = place + kArriving;
      CHOREO_TRY(unfinished_.begin(arriving, [&] { return make_file(arriving); }));
      arriving_[arriving] = place;
      CHOREO_TRY(copy_into(backup_ + "/" + file, arriving));
    }
    return {};
  }

  std::string place_of(const std::string& file) const {
    if (file.starts_with("instances/")) return dir_ + "/" + file.substr(10);
    return file.starts_with("control/") ? dir_ + "/.control/" + file.substr(8) : "";
  }

  Status renew() {
    const std::string control = dir_ + "/.control/control.db" + kArriving;
    for (const BackedUpInstance& each : manifest_.instances) {
      const std::string epoch = system_random().hex(kEpochBytes);
      CHOREO_TRY(log::renew_epoch(dir_ + "/" + each.slug + ".db" + kArriving, epoch));
      if (fs::exists(control)) CHOREO_TRY(control::follow_epoch(control, each.slug, each.epoch, epoch));
    }
    return {};
  }

  // All of them or none. The control data last: without it no server has begun with the directory.
  Status put_in_place() {
    std::vector<std::string> placed;
    Status status = put(false, placed);
    if (status.ok()) status = sync_directory(dir_);
    if (status.ok()) status = put(true, placed);
    if (status.ok()) return sync_directory(dir_ + "/.control");
    std::error_code ignored;
    for (const std::string& place : placed) fs::remove(place, ignored);
    return status;
  }

  Status put(bool control, std::vector<std::string>& placed) const {
    for (const auto& [arriving, place] : arriving_) {
      if (place.starts_with(dir_ + "/.control/") != control) continue;
      CHOREO_TRY(rename_file(arriving, place));
      placed.push_back(place);
    }
    return {};
  }

  const std::string backup_;
  const Manifest& manifest_;
  const std::string dir_;
  const bool keep_epoch_;
  Unfinished unfinished_;
  std::map<std::string, std::string> arriving_;  // where it is being made, where it belongs
};

Result<int> restore_all(Context& context, const Arguments& arguments, const Manifest& manifest) {
  const std::string& dir = context.settings().dir;
  CHOREO_TRY(check_free(dir));
  CHOREO_TRY(make_data_directory(dir));
  CHOREO_TRY(Restore(arguments.positional[0], manifest, dir, arguments.has("keep-epoch")).run());
  if (context.json()) {
    print_line("{\"restored\":" + json::quote(dir) + ",\"instances\":" + std::to_string(manifest.instances.size()) +
               "}");
    return kDone;
  }
  print_line(dir + ": " + std::to_string(manifest.instances.size()) + " instances, as of " + manifest.made);
  note("settings and keys were not touched; those of the backup are in " + arguments.positional[0] + "/settings");
  for (const LeftOut& each : manifest.left_out) note(each.slug + " is not in the backup: " + each.error);
  return kDone;
}

struct Joined {
  bool replaced = false;
  std::string kept;  // the log of before
  std::int64_t webhooks = 0;
};

std::string place_of_before(const log::Instances& instances, const std::string& name) {
  std::string time = format_timestamp(system_clock().wall_ms());
  std::erase_if(time, [](char c) { return c == ':' || c == '.'; });
  return instances.db_path(name) + ".replaced-" + time;
}

// REQUIRES: the caller holds the InstanceLock.
Result<Joined> replace(const log::Instances& instances, const std::string& name, const std::string& arriving) {
  Joined joined{true, place_of_before(instances, name)};
  CHOREO_ASSIGN(const log::CopiedHead head, log::head_of_copy(arriving));
  if (head.epoch.empty())
    return make_error(ErrorKind::conflict, "no_epoch",
                      "the backup of '" + name +
                          "' is of the earlier system, and was never opened; restore it with --as, and open it once");
  // Of a damaged one it is not known; then both are taken for the same log.
  const Result<std::int64_t> common = log::common_head(instances.db_path(name), arriving);
  const control::Replacement replacement{
      .instance = name,
      .epoch = head.epoch,
      .common = common.ok() ? *common : head.head,
      .put = [&] { return log::replace_database(instances, name, arriving, joined.kept); },
      .undo = [&] { return log::put_back(instances, name, joined.kept); },
  };
  CHOREO_ASSIGN(joined.webhooks, control::keep_webhooks(instances.control_dir(), replacement));
  // Its dispatcher notes where it has come to until it has seen the other log; nothing is appended before.
  if (joined.webhooks > 0 && !check_stopped(instances.dir()).ok()) sleep_ms(kDispatcherSeesMs);
  return joined;
}

// Gives a database its place among the others.
Result<Joined> join(const log::Instances& instances, const std::string& name, const std::string& arriving,
                    bool may_replace) {
  const std::string place = instances.db_path(name);
  CHOREO_ASSIGN(const log::InstanceLock lock, log::InstanceLock::acquire(instances, name));
  CHOREO_TRY(give_to_owner_of(instances.lock_path(name), instances.dir()));
  std::error_code error;
  if (fs::exists(fs::symlink_status(place, error))) {
    if (may_replace) return replace(instances, name, arriving);
    return make_error(ErrorKind::conflict, "instance_exists",
                      "instance '" + name +
                          "' exists, and nothing is overwritten; --as gives it another name, --replace puts the backup "
                          "in its place, keeps the log that is there beside it, and keeps the webhooks");
  }
  // Of an instance that was deleted: they must not be taken for this one's.
  for (const char* tail : {"-wal", "-shm"}) fs::remove(place + tail, error);
  CHOREO_TRY(rename_file(arriving, place));
  CHOREO_TRY(sync_directory(instances.dir()));
  return Joined();
}

void say(const Context& context, const std::string& name, const std::string& place, const std::string& made,
         const Joined& joined) {
  if (context.json())
    return print_line("{\"restored\":" + json::quote(place) +
                      ",\"instances\":1,\"replaced\":" + (joined.replaced ? json::quote(joined.kept) : "null") +
                      ",\"webhooks\":" + std::to_string(joined.webhooks) + "}");
  print_line(name + ": restored, as of " + made);
  if (!joined.replaced) return note("it has no webhooks; tokens are as they were");
  note("the log of before is " + joined.kept + "; remove it when it is no longer needed");
  note(std::to_string(joined.webhooks) +
       " webhooks are kept, and go on from where the two logs part; tokens are as they "
       "were");
}

Result<int> restore_one(Context& context, const Arguments& arguments, const Manifest& manifest,
                        const std::string& slug) {
  const std::string name = arguments.value_or("as", slug);
  CHOREO_TRY(check_slug(name));
  const std::string file = "instances/" + slug + ".db";
  if (std::find(manifest.files.begin(), manifest.files.end(), file) == manifest.files.end())
    return make_error(ErrorKind::not_found, "unknown_instance", "the backup has no instance '" + slug + "'");
  CHOREO_ASSIGN(const log::Instances instances, existing_instances(context.settings()));
  const std::string place = instances.db_path(name);
  const std::string arriving = instances.control_dir() + "/tmp/" + name + "." + std::to_string(getpid()) + kArriving;
  Unfinished unfinished;
  CHOREO_TRY(unfinished.begin(arriving, [&] { return make_file(arriving); }));
  CHOREO_TRY(copy_into(arguments.positional[0] + "/" + file, arriving));
  if (!arguments.has("keep-epoch")) CHOREO_TRY(log::renew_epoch(arriving, system_random().hex(kEpochBytes)));
  CHOREO_TRY(give_to_owner_of(arriving, instances.dir()));
  Joined joined;
  CHOREO_TRY(unfinished.finish([&]() -> Status {
    CHOREO_ASSIGN(joined, join(instances, name, arriving, arguments.has("replace")));
    return {};
  }));
  say(context, name, place, manifest.made, joined);
  return kDone;
}

Result<int> run_restore(Context& context, const Arguments& arguments) {
  const auto slug = arguments.value("instance");
  for (const char* name : {"as", "replace"})
    if (arguments.has(name) && !slug) return bad_usage("--" + std::string(name) + " needs --instance");
  if (slug && arguments.has("keep-epoch")) CHOREO_TRY(check_stopped(context.settings().dir));
  CHOREO_ASSIGN(const Manifest manifest, check_backup(arguments.positional[0]));
  CHOREO_TRY(check_schemas(arguments.positional[0], manifest, slug));
  return slug ? restore_one(context, arguments, manifest, *slug) : restore_all(context, arguments, manifest);
}

const Register restore({"restore",
                        "BACKUP",
                        "Puts a backup into an empty data directory, or one of its instances beside others",
                        kDetails,
                        {{"instance", "SLUG", "only this one"},
                         {"as", "SLUG", "under another name"},
                         {"replace", "", "in place of the one that is there, which is kept beside it"},
                         {"keep-epoch", "", "the logs go on as if nothing had happened"}},
                        1,
                        1,
                        &run_restore});

}  // namespace
}  // namespace choreo::ctl
