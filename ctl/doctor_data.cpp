// The data directory: who owns it, what is damaged, what room is left.
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "base/ids.h"
#include "ctl/backup_set.h"
#include "ctl/doctor.h"
#include "ctl/network_file_system.h"
#include "log/schema.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kHeaderBytes = 100;   // of a SQLite file
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
  checkup.found("wrong_owner",
                path.string() + " belongs to " + user_named(info.st_uid) + ", the directory to " + user_named(owner),
                "chown " + user_named(owner) + ": " + path.string() + " and run tools on the data as that user.");
}

// 16 bytes of magic, the journal mode at 18 and 19, user_version at 60 (sqlite.org/fileformat.html).
void check_database(Checkup& checkup, const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string header(kHeaderBytes, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header.size()));
  const auto damaged = [&](const std::string& how) {
    checkup.found("damaged_file", path.string() + " " + how,
                  "Restore it: choreoctl restore BACKUP --instance " + path.stem().string() +
                      " after the file was moved away; it is left untouched until then.");
  };
  if (in.gcount() == 0) return damaged("is empty or cannot be read");
  if (!header.starts_with("SQLite format 3") || in.gcount() != static_cast<std::streamsize>(header.size()))
    return damaged("is no database");
  std::uint32_t version = 0;
  for (std::size_t i = 60; i < 64; ++i) version = version << 8 | static_cast<unsigned char>(header[i]);
  if (version > static_cast<std::uint32_t>(log::kSchemaVersion))
    return damaged("was written by a newer Choreo (schema " + std::to_string(version) + "); upgrade, or else");
  // The earlier system's files are switched when they are first opened.
  if (version > 0 && (header[18] != 2 || header[19] != 2))
    checkup.found("journal_mode", path.string() + " is not in WAL mode: another program changed it",
                  "sqlite3 " + path.string() + " 'PRAGMA journal_mode=WAL', with the server stopped.");
}

void check_log(Checkup& checkup, const fs::path& path, const struct stat& info) {
  const std::string name = path.string();
  const std::string database = name.substr(0, name.size() - 4);  // without "-wal"
  std::error_code error;
  if (info.st_size > 0 && !fs::exists(database, error))
    checkup.found(
        "orphaned_log",
        name + " has no database: " + fs::path(database).filename().string() + " was moved or removed without it",
        "Bring the database back beside it, or restore a backup; then remove this file.");
  if (info.st_size > checkup.max_wal_bytes)
    checkup.found("large_log", name + " has " + mebibytes(static_cast<std::uint64_t>(info.st_size)),
                  "Somebody reads from an old snapshot: end open sqlite3 shells and copies (fuser -v " + name +
                      "); the next appends shrink it.");
}

void check_file(Checkup& checkup, const fs::path& path, uid_t owner) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return;
  check_owner(checkup, path, info, owner);
  const std::string name = path.filename().string();
  if (name.ends_with(".db") && check_slug(path.stem().string()).ok()) check_database(checkup, path);
  if (name.ends_with(".db-wal")) check_log(checkup, path, info);
  if (name.ends_with(".restoring") || name.ends_with(kUnfinished))
    checkup.found("unfinished_work", path.string() + " was left by a restore that was interrupted",
                  "Remove it, and all that was restored with it; then restore again.");
  const std::int64_t ahead = info.st_mtim.tv_sec - system_clock().wall_ms() / 1000;
  if (ahead > kDaySeconds)
    checkup.found("clock",
                  path.string() + " was written " + std::to_string(ahead / kDaySeconds) +
                      " days from now: the clock was wrong then, or is now",
                  "timedatectl set-ntp true; operations keep the times that they were given, and no later one gets an "
                  "earlier time.");
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
    for (const auto& entry : fs::directory_iterator(dir + below, error)) check_file(checkup, entry.path(), info.st_uid);
  struct stat control {};
  const std::string path = dir + "/.control/control.db";
  if (stat(path.c_str(), &control) == 0 && (control.st_mode & 0077) != 0)
    checkup.found("readable_by_others", path + " holds webhooks' secrets, and others may use it", "chmod 600 " + path);
}

}  // namespace choreo::ctl
