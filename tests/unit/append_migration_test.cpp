// Databases with an older schema of ours: tests/golden/schema/version-N.sql, dumped from that version's programs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "append/appender.h"
#include "log/reader.h"
#include "log/schema.h"
#include "operation/wire_forms.h"
#include "support/derived_dump.h"
#include "support/source_dir.h"
#include "support/temporary_directory.h"

using namespace choreo;
namespace fs = std::filesystem;

namespace {

std::string golden(int version) {
  const fs::path file =
      choreo::test::source_dir() / "tests" / "golden" / "schema" / ("version-" + std::to_string(version) + ".sql");
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  REQUIRE(text.str().size() > 1000);
  return text.str();
}

}  // namespace

TEST_CASE("a database of an older schema is brought up to date when it is opened") {
  const int version = GENERATE(range(1, log::kSchemaVersion));
  CAPTURE(version);
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  {
    auto db = sqlite::Database::open(instances.db_path("x"), sqlite::OpenMode::read_write_create, 1000).value();
    REQUIRE(db.exec(golden(version).c_str()).ok());
  }
  auto reader = log::Reader::open(instances, "x").value();
  const log::Summary summary = reader.summary().value();
  CHECK(summary.operations == 52);
  CHECK(reader.entity("places", "late").value().value().data == R"({"n":1.10,"_ops":{"INS":1}})");

  append::Appender appender(instances, system_clock(), system_random(), {}, [](const append::Committed&) {});
  const std::string migrated = test::dump_derived(instances, "x");
  REQUIRE(appender.rebuild("x").ok());
  CHECK(migrated == test::dump_derived(instances, "x"));

  // What the log does not hold was kept: the epoch, and clients' keys.
  CHECK(golden(version).find(summary.epoch) != std::string::npos);
  append::Request again{
      parse_operation(R"({"op":"INS","target":{"id":"late","n":1.10},"context":{"table":"places"}})").value(),
      "once",
      {},
      ""};
  const append::Answer answer = appender.append("x", again).value();
  CHECK(answer.duplicate);
  CHECK(answer.operation.id == 52);
}
