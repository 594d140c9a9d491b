// Copies for backups: of one moment while others write, private, one file; and what is refused as their source or
// place.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "log/copy.h"
#include "log/verify.h"
#include "support/derived_dump.h"
#include "support/instance.h"
#include "support/source_dir.h"

using namespace choreo;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = choreo::test::source_dir() / "tests" / "golden";

std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

void fill(test::Instance& instance, int count) {
  for (int i = 0; i < count; ++i)
    instance.post(R"({"op":"INS","target":{"id":"e)" + std::to_string(i) + R"(","n":1.50}})");
}

std::string code_of(const Status& status) {
  return status.ok() ? "" : status.error().code;
}

}  // namespace

TEST_CASE("a copy is a log up to one moment, while others append to it") {
  test::Instance instance;
  test::TemporaryDirectory copies;
  std::atomic<bool> enough = false;
  std::atomic<std::int64_t> answered = 0;
  std::thread writer([&] {
    append::Appender appender(instance.instances, system_clock(), system_random(), {}, [](const append::Committed&) {});
    while (!enough) {
      append::Request request;
      request.draft = parse_operation(R"({"op":"INS","target":{"id":"a"}})").value();
      if (const auto answer = appender.append("x", std::move(request)); answer.ok()) answered = answer->operation.id;
    }
  });
  std::int64_t last = 0;
  for (int i = 0; i < 8; ++i) {
    const std::int64_t before = answered;
    const std::string copy = copies.path() + "/" + std::to_string(i) + ".db";
    CHECK(code_of(log::copy_database(instance.instances.db_path("x"), copy)).empty());
    const auto head = log::head_of_copy(copy);
    const auto verified = log::verify_copy(copy, copy + ".replayed");
    CHECK((head.ok() && verified.ok()));
    if (!head.ok() || !verified.ok()) break;
    CHECK(head->head >= before);  // what was answered before it began is in it
    CHECK(head->head >= last);
    CHECK(verified->operations == head->head);
    CHECK(verified->wrong.empty());
    last = head->head;
  }
  enough = true;
  writer.join();
  REQUIRE(answered >= last);
  CHECK(instance.head() == answered);
}

TEST_CASE("a copy is one private file with all of the write-ahead log") {
  test::Instance instance;
  fill(instance, 20);
  REQUIRE(fs::file_size(instance.instances.db_path("x") + "-wal") > 0);
  test::TemporaryDirectory copies;
  const std::string copy = copies.path() + "/x.db";
  REQUIRE(log::copy_database(instance.instances.db_path("x"), copy).ok());
  CHECK(files_in(copies.path()) == 1);
  struct stat info {};
  REQUIRE(stat(copy.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(log::integrity(copy).value().empty());
  CHECK(log::head_of_copy(copy).value().head == 20);
  CHECK(files_in(copies.path()) == 1);  // looking leaves nothing beside it either
}

TEST_CASE("what is no source or no place of a copy") {
  test::Instance instance;
  test::TemporaryDirectory copies;
  const std::string source = instance.instances.db_path("x");
  const std::string copy = copies.path() + "/x.db";
  CHECK(code_of(log::copy_database(copies.path() + "/none.db", copy)) == "not_found");
  CHECK(code_of(log::copy_database(copies.path(), copy)) == "corrupt");
  std::ofstream(copies.path() + "/empty.db").flush();
  CHECK(code_of(log::copy_database(copies.path() + "/empty.db", copy)) == "corrupt");
  CHECK(!fs::exists(copy));
  CHECK(code_of(log::copy_database(source, copies.path() + "/none/x.db")) == "storage_unavailable");
  std::ofstream(copy) << "precious";
  CHECK(code_of(log::copy_database(source, copy)) == "exists");
  CHECK(fs::file_size(copy) == 8);
  std::ofstream(copies.path() + "/notes.db") << std::string(5000, 'x');
  CHECK(code_of(log::copy_database(copies.path() + "/notes.db", copies.path() + "/y.db")) == "corrupt");
}

TEST_CASE("the integrity check finds what SQLite itself would stumble over") {
  test::Instance instance;
  fill(instance, 500);
  test::TemporaryDirectory copies;
  const std::string copy = copies.path() + "/x.db";
  REQUIRE(log::copy_database(instance.instances.db_path("x"), copy).ok());
  const auto whole = fs::file_size(copy);
  SECTION("pages that were written over") {
    std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(2 * 4096);
    file << std::string(8 * 4096, '\xa5');
    file.close();
    CHECK(!log::integrity(copy).value().empty());
  }
  SECTION("a file that was cut") {
    fs::resize_file(copy, whole / 2);
    CHECK(!log::integrity(copy).value().empty());
  }
  SECTION("a file without bytes") {
    fs::resize_file(copy, 0);
    CHECK(log::integrity(copy).error().code == "corrupt");
  }
}

TEST_CASE("a renewed epoch is all that changes") {
  test::Instance instance;
  fill(instance, 20);
  const log::Instances& instances = instance.instances;
  const std::string copy = instances.db_path("y");
  REQUIRE(log::copy_database(instances.db_path("x"), copy).ok());
  const std::string before = log::head_of_copy(copy).value().epoch;
  REQUIRE(log::renew_epoch(copy, "another").ok());
  CHECK(fs::file_size(copy + "-wal") == 0);
  CHECK(log::head_of_copy(copy).value().epoch == "another");
  CHECK(log::head_of_copy(copy).value().head == 20);
  CHECK(before != "another");
  CHECK(test::dump_derived(instances, "y") == test::dump_derived(instances, "x"));
}

TEST_CASE("a database of the earlier system is copied as it is, and has no epoch yet") {
  test::TemporaryDirectory copies;
  const std::string source = copies.path() + "/earlier.db";
  {
    std::ostringstream text;
    text << std::ifstream(kGolden / "earlier" / "oldest.sql").rdbuf();
    auto db = sqlite::Database::open(source, sqlite::OpenMode::read_write_create, 1000).value();
    REQUIRE(db.exec(text.str().c_str()).ok());
  }
  const std::string copy = copies.path() + "/copy.db";
  REQUIRE(log::copy_database(source, copy).ok());
  CHECK(log::head_of_copy(copy).value().epoch.empty());
  CHECK(log::head_of_copy(copy).value().head > 0);
  REQUIRE(log::renew_epoch(copy, "another").ok());
  CHECK(log::head_of_copy(copy).value().epoch.empty());
}
