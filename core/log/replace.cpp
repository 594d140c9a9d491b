#include "log/replace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file_error.h"
#include "sqlite/database.h"
#include "sqlite/write_ahead_log.h"

namespace choreo::log {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr int kEmptyWaitMs = 1000;

// SQLite would take a file without bytes for a new database, and throw away the write-ahead log beside it.
bool has_bytes(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && std::filesystem::file_size(path, error) > 0 && !error;
}

Status move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  return file_error("rename '" + from + "'", errno);
}

Status move_if_there(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  return file_error("rename '" + from + "'", errno);
}

Status sync_directory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error("open '" + path + "'", errno);
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  return result == 0 ? Status() : Status(file_error("sync '" + path + "'", error));
}

// The index belongs to the processes that have it open; those of the next database make their own.
void remove_index(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path + "-shm", ignored);
}

Status move_all(const std::string& from, const std::string& to) {
  CHOREO_TRY(move(from, to));  // the database first: without it there is no instance
  std::error_code ignored;
  if (sqlite::log_bytes(from) == 0) std::filesystem::remove(from + "-wal", ignored);
  Status rest = move_if_there(from + "-wal", to + "-wal");
  if (rest.ok()) {
    remove_index(from);
    return rest;
  }
  static_cast<void>(move(to, from));
  return rest;
}

}  // namespace

Result<std::int64_t> common_head(const std::string& live, const std::string& copy) {
  if (!has_bytes(live)) return make_error(ErrorKind::unavailable, "corrupt", live + " is empty or no file");
  CHOREO_ASSIGN(sqlite::Database there, sqlite::Database::open(live, sqlite::OpenMode::read_write, kTimeoutMs));
  CHOREO_ASSIGN(sqlite::Database here, sqlite::Database::open(copy, sqlite::OpenMode::immutable, kTimeoutMs));
  constexpr const char* kHead = "SELECT coalesce(max(id), 0) FROM operations";
  constexpr const char* kNamed = "SELECT guid || '|' || ts FROM operations WHERE id = ?";
  CHOREO_ASSIGN(const std::int64_t there_head, there.query_integer(kHead, 0));
  CHOREO_ASSIGN(const std::int64_t here_head, here.query_integer(kHead, 0));
  CHOREO_ASSIGN(sqlite::Statement there_named, there.prepare(kNamed));
  CHOREO_ASSIGN(sqlite::Statement here_named, here.prepare(kNamed));
  const auto same = [&](std::int64_t id) -> Result<bool> {
    const sqlite::ResetGuard there_guard(there_named), here_guard(here_named);
    CHOREO_ASSIGN(const bool that, there_named.bind(1, id).step());
    CHOREO_ASSIGN(const bool this_one, here_named.bind(1, id).step());
    return that && this_one && there_named.text(0) == here_named.text(0);
  };
  // Logs that went apart stay apart.
  std::int64_t common = 0;
  std::int64_t differing = std::min(there_head, here_head) + 1;
  while (common + 1 < differing) {
    const std::int64_t middle = common + (differing - common) / 2;
    CHOREO_ASSIGN(const bool both, same(middle));
    (both ? common : differing) = middle;
  }
  return common;
}

Status replace_database(const Instances& instances, const std::string& slug, const std::string& arriving,
                        const std::string& kept) {
  const std::string place = instances.db_path(slug);
  std::error_code error;
  for (const char* tail : {"", "-wal"})
    if (std::filesystem::exists(std::filesystem::symlink_status(kept + tail, error)))
      return make_error(ErrorKind::conflict, "exists", kept + tail + " exists, and nothing is overwritten");
  // So that what is kept is one whole file; where it cannot be, its log goes along.
  if (has_bytes(place)) static_cast<void>(sqlite::empty_log(place, kEmptyWaitMs).ok());
  CHOREO_TRY(move_all(place, kept));
  Status placed = move(arriving, place);
  if (placed.ok()) placed = sync_directory(instances.dir());
  if (placed.ok()) return {};
  static_cast<void>(put_back(instances, slug, kept).ok());
  return placed;
}

Status put_back(const Instances& instances, const std::string& slug, const std::string& kept) {
  const std::string place = instances.db_path(slug);
  std::error_code ignored;
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(place + tail, ignored);
  CHOREO_TRY(move_if_there(kept + "-wal", place + "-wal"));
  CHOREO_TRY(move(kept, place));
  return sync_directory(instances.dir());
}

}  // namespace choreo::log
