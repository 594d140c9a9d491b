// The data directory: who owns it, what is damaged, what room is left.
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/clock.h"
#include "base/ids.h"
#include "control/file.h"
#include "ctl/backup_set.h"
#include "ctl/doctor.h"
#include "ctl/network_file_system.h"
#include "log/schema.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kHeaderBytes = 100;  // of a SQLite file
constexpr std::size_t kVersionAt = 60, kApplicationAt = 68;
constexpr std::size_t kNameBytes = 16'384;  // for an entry of the users' database

std::string user_named(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(kNameBytes, '\0');
  const int error = getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return error != 0 || found == nullptr ? std::to_string(uid) : found->pw_name;
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

void check_room(Checkup& checkup, const std::string& dir) {
  struct statvfs room {};
  if (statvfs(dir.c_str(), &room) != 0) return;
  const std::uint64_t left = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
  if (left < static_cast<std::uint64_t>(checkup.min_free_bytes))
    checkup.found("disk_full", dir + " has " + mebibytes(left) + " left",
                  "Free some room or move the data to a larger disk; while it is full, appends are answered 507.");
}

void check_place(Checkup& checkup, const std::string& dir) {
  struct statfs system {};
  if (statfs(dir.c_str(), &system) != 0) return;
  const std::string_view kind = network_file_system(static_cast<std::uint64_t>(system.f_type));
  if (!kind.empty())
    checkup.found("network_disk",
                  dir + " is on a file system of another machine or program (" + std::string(kind) + ")",
                  "Move the data to a disk of this machine, with the server stopped; there its writers may damage it. "
                  "Copies belong elsewhere: choreoctl backup.");
}

void check_owner(Checkup& checkup, const fs::path& path, const struct stat& info, uid_t owner) {
  if (info.st_uid == owner) return;
  checkup.found(
      "wrong_owner",
      path.string() + " belongs to " + user_named(info.st_uid) + ", the directory to " + user_named(owner),
      "`chown " + user_named(owner) + ": " + shell_word(path.string()) + "`; run tools on the data as that user.");
}

// What a database is: whose version counts, and how it comes back.
struct Kind {
  std::string back;  // what to do
  std::function<bool(std::int64_t version, std::int64_t application_id)> is_usable;
};

Kind log_kind(const std::string& slug) {
  return {"`choreoctl restore BACKUP --instance " + slug +
              " --replace` puts the one of a backup in its place, and keeps this one beside it.",
          [](std::int64_t version, std::int64_t) { return version <= log::kSchemaVersion; }};
}

Kind control_kind(const std::string& dir, const std::string& owner) {
  const std::string before = shell_word(dir + ".control-before");
  const std::string path = shell_word(dir + "/.control/control.db");
  return {"With the server stopped, `install -d -m 700 " + before + " && mv " + path + "* " + before +
              "/`, then `install -o " + owner + " -m 600 BACKUP/control/control.db " + path +
              "`: webhooks, tokens and second factors as of the backup.",
          control::is_usable};
}

std::int64_t number_at(const std::string& header, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i) number = number << 8 | static_cast<unsigned char>(header[i]);
  return number;
}

// 16 bytes of magic, the journal mode at 18 and 19, user_version at 60, application_id at 68
// (sqlite.org/fileformat.html).
void check_database(Checkup& checkup, const fs::path& path, const Kind& kind) {
  std::ifstream in(path, std::ios::binary);
  std::string header(kHeaderBytes, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header.size()));
  const auto damaged = [&](const std::string& how, const std::string& before) {
    checkup.found("damaged_file", path.string() + " " + how, before + kind.back);
  };
  if (in.gcount() == 0) return damaged("is empty or cannot be read", "");
  if (!header.starts_with("SQLite format 3") || in.gcount() != static_cast<std::streamsize>(header.size()))
    return damaged("is no database", "");
  const std::int64_t version = number_at(header, kVersionAt);
  if (!kind.is_usable(version, number_at(header, kApplicationAt)))
    return damaged("was written by a newer Choreo (schema " + std::to_string(version) + ")",
                   "Upgrade Choreo, which leaves all as it is. Or go back, without what is new since: ");
  // The earlier system's files are switched when they are first opened.
  if (version > 0 && (header[18] != 2 || header[19] != 2))
    checkup.found("journal_mode", path.string() + " is not in WAL mode: another program changed it",
                  "With the server stopped: `sqlite3 " + shell_word(path.string()) + " 'PRAGMA journal_mode=WAL'`");
}

void check_log(Checkup& checkup, const fs::path& path, const struct stat& info, const Kind& kind) {
  const std::string name = path.string();
  const std::string database = name.substr(0, name.size() - 4);  // without "-wal"
  std::error_code error;
  if (info.st_size > 0 && !fs::exists(database, error))
    checkup.found(
        "orphaned_log",
        name + " has no database: " + fs::path(database).filename().string() + " was moved or removed without it",
        "Bring the database back beside it, if it is somewhere: it needs this file. If it is lost: " + kind.back);
  if (info.st_size > checkup.max_wal_bytes)
    checkup.found("large_log", name + " has " + mebibytes(static_cast<std::uint64_t>(info.st_size)),
                  "Somebody reads from an old snapshot: `fuser -v " + shell_word(name) +
                      "` shows who. End open sqlite3 shells and copies; the next appends shrink it.");
}

void check_unfinished(Checkup& checkup, const fs::path& path, const std::string& dir) {
  const std::string again = "`choreoctl restore BACKUP --dir " + shell_word(dir) + "`";
  if (path.parent_path() == fs::path(dir) / ".control/tmp" || path.string().ends_with(kUnfinished))
    return checkup.found("unfinished_work", path.string() + " was left by a command that was interrupted",
                         "`rm -r " + shell_word(path.string()) + "`, and run the command again.");
  const std::string before = shell_word(dir + ".before");
  checkup.found("unfinished_work", path.string() + " was left by a restore that was interrupted",
                "Move away what it has done, and do it again: `mkdir " + before + " && mv " + shell_word(dir) + "/* " +
                    shell_word(dir + "/.control") + " " + before + "/`, then " + again);
}

void check_clock(Checkup& checkup, const fs::path& path, const struct stat& info) {
  const std::int64_t ahead = info.st_mtim.tv_sec - system_clock().wall_ms() / 1000;
  if (ahead > kDaySeconds)
    checkup.found("clock",
                  path.string() + " was written " + std::to_string(ahead / kDaySeconds) +
                      " days from now: the clock was wrong then, or is now",
                  "`timedatectl set-ntp true` sets the clock. If it is right now: `touch " + shell_word(path.string()) +
                      "`. Operations keep the times that they were given, and no later one gets an earlier time.");
}

void check_file(Checkup& checkup, const fs::path& path, uid_t owner) {
  const std::string& dir = checkup.context.settings().dir;
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return;
  check_owner(checkup, path, info, owner);
  const std::string name = path.filename().string();
  const std::string database = name.ends_with("-wal") ? name.substr(0, name.size() - 4) : name;
  const std::string stem = fs::path(database).stem().string();
  const bool control = path.parent_path() == fs::path(dir) / ".control" && database == "control.db";
  const bool instance = path.parent_path() == fs::path(dir) && database.ends_with(".db") && check_slug(stem).ok();
  if (control || instance) {
    const Kind kind = control ? control_kind(dir, user_named(owner)) : log_kind(stem);
    if (database == name)
      check_database(checkup, path, kind);
    else
      check_log(checkup, path, info, kind);
  }
  if (name.ends_with(".restoring") || name.ends_with(kUnfinished)) check_unfinished(checkup, path, dir);
  check_clock(checkup, path, info);
}

}  // namespace

void check_data(Checkup& checkup) {
  const std::string& dir = checkup.context.settings().dir;
  struct stat info {};
  const bool usable = stat((dir + "/.control").c_str(), &info) == 0 && access(dir.c_str(), R_OK | W_OK | X_OK) == 0;
  if (!usable || stat(dir.c_str(), &info) != 0)
    return checkup.found("data_dir", dir + " is no data directory that user " + user_named(geteuid()) + " may use",
                         "CHOREO_DIR or --dir names it; its owner, or root, may use it.");
  check_room(checkup, dir);
  check_place(checkup, dir);
  std::error_code error;
  for (const char* below : {"", "/.control", "/.control/tmp"})
    for (const auto& entry : fs::directory_iterator(fs::path(dir + below).lexically_normal(), error))
      check_file(checkup, entry.path(), info.st_uid);
  struct stat control {};
  const std::string path = dir + "/.control/control.db";
  if (stat(path.c_str(), &control) == 0 && (control.st_mode & 0077) != 0)
    checkup.found("readable_by_others", path + " holds webhooks' secrets, and others may use it",
                  "`chmod 600 " + shell_word(path) + "`");
}

}  // namespace choreo::ctl
