// A migration that is killed at any of its writes leaves a file that the next start migrates as if nothing had been.
#include <catch2/catch.hpp>

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "log/reader.h"
#include "support/derived_dump.h"
#include "support/source_dir.h"
#include "support/temporary_directory.h"

using namespace choreo;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = choreo::test::source_dir() / "tests" / "golden";
constexpr int kMostWrites = 2000;

void write_database(const log::Instances& instances, const fs::path& sql) {
  std::ostringstream text;
  text << std::ifstream(sql).rdbuf();
  REQUIRE(text.str().size() > 100);
  auto db = sqlite::Database::open(instances.db_path("x"), sqlite::OpenMode::read_write_create, 1000).value();
  REQUIRE(db.exec(text.str().c_str()).ok());
}

// --- in the child: SQLite's way to the disk, which ends at the given write

int writes_left = 0;
sqlite3_syscall_ptr real_pwrite = nullptr, real_unlink = nullptr, real_ftruncate = nullptr;

void count_down() {
  if (writes_left-- == 0) kill(getpid(), SIGKILL);
}
ssize_t counted_pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  count_down();
  return reinterpret_cast<ssize_t (*)(int, const void*, std::size_t, off_t)>(real_pwrite)(fd, bytes, size, at);
}
int counted_unlink(const char* path) {
  count_down();
  return reinterpret_cast<int (*)(const char*)>(real_unlink)(path);
}
int counted_ftruncate(int fd, off_t size) {
  count_down();
  return reinterpret_cast<int (*)(int, off_t)>(real_ftruncate)(fd, size);
}

void count_writes() {
  sqlite3_initialize();
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  const auto replace = [&](const char* name, sqlite3_syscall_ptr& real, sqlite3_syscall_ptr ours) {
    real = vfs->xGetSystemCall(vfs, name);
    vfs->xSetSystemCall(vfs, name, ours);
  };
  replace("pwrite64", real_pwrite, reinterpret_cast<sqlite3_syscall_ptr>(counted_pwrite));
  replace("unlink", real_unlink, reinterpret_cast<sqlite3_syscall_ptr>(counted_unlink));
  replace("ftruncate", real_ftruncate, reinterpret_cast<sqlite3_syscall_ptr>(counted_ftruncate));
}

// Opens the instance in a process of its own, which is killed before write n. Whether it got through.
bool opens_with(const log::Instances& instances, int n) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    writes_left = n;
    count_writes();
    _exit(log::Reader::open(instances, "x").ok() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) {
    REQUIRE(WTERMSIG(status) == SIGKILL);
    return false;
  }
  REQUIRE(WEXITSTATUS(status) == 0);
  return true;
}

// Everything but what is made at random: epoch and new guids.
std::string content(const log::Instances& instances) {
  auto reader = log::Reader::open(instances, "x");
  if (!reader.ok()) FAIL(reader.error().message);
  const std::vector<Operation> operations = reader->page(0, 1000, 1 << 20).value();
  std::string out;
  for (const Operation& operation : operations)
    out += std::to_string(operation.id) + "|" + operation.pretty_id + "|" + operation.ts + "|" + operation.target +
           "|" + operation.context + "|" + operation.frame + "\n";
  return out + test::dump_derived(instances, "x");
}

}  // namespace

TEST_CASE("a migration that is killed at any write continues") {
  const std::string file = GENERATE("earlier/odd.sql", "earlier/null_guids.sql", "earlier/oldest.sql",
                                    "schema/version-1.sql", "schema/version-2.sql", "schema/version-2-gathered.sql");
  CAPTURE(file);
  std::string whole;
  {
    test::TemporaryDirectory dir;
    const auto instances = log::Instances::open(dir.path()).value();
    write_database(instances, kGolden / file);
    whole = content(instances);
  }
  int n = 0;
  for (;; ++n) {
    REQUIRE(n < kMostWrites);
    test::TemporaryDirectory dir;
    const auto instances = log::Instances::open(dir.path()).value();
    write_database(instances, kGolden / file);
    const bool through = opens_with(instances, n);
    INFO("killed before write " << n);
    REQUIRE(content(instances) == whole);
    if (through) break;
  }
  CHECK(n > 20);  // a migration has many steps
}
