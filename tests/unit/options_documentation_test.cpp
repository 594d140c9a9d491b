// docs/configuration.md and the table of settings say the same, and a program cannot differ from them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "options/names.h"
#include "options/options.h"
#include "support/source_dir.h"

using choreo::options::documented_settings;
using choreo::options::OptionSet;
using choreo::options::Setting;

namespace {

// The cells of a table row, without spaces and backticks around them.
std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> out;
  std::size_t at = 1;
  for (std::size_t end = row.find('|', at); end != std::string::npos; at = end + 1, end = row.find('|', at)) {
    std::string cell = row.substr(at, end - at);
    const std::size_t first = cell.find_first_not_of(" `");
    out.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(" `") - first + 1));
  }
  return out;
}

std::map<std::string, std::vector<std::string>> documented_rows() {
  const auto page = choreo::test::source_dir() / "docs/configuration.md";
  std::ifstream in(page);
  REQUIRE(in);
  std::map<std::string, std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `CHOREO_")) continue;
    auto row = cells(line);
    REQUIRE(row.size() == 6);
    INFO(row[0]);
    CHECK(rows.emplace(row[0], row).second);
  }
  return rows;
}

choreo::Result<OptionSet::Outcome> start(const std::function<void(OptionSet&)>& declare) {
  OptionSet set("choreo-test", "tests", "/nonexistent/choreo.conf");
  declare(set);
  const char* arguments[] = {"choreo-test"};
  return set.parse(1, arguments, {});
}

}  // namespace

TEST_CASE("Every setting has a row that says what the table says, and a reason") {
  const auto rows = documented_rows();
  for (const Setting& setting : documented_settings()) {
    INFO(setting.name);
    const auto found = rows.find(std::string(setting.name));
    REQUIRE(found != rows.end());
    const auto& row = found->second;
    CHECK(row[1] == (setting.fallback.empty() ? "none" : setting.fallback));
    CHECK(row[2] == setting.allowed);
    CHECK(row[3] == setting.unit);
    CHECK(row[4] == setting.processes);
    CHECK(row[5].size() > 10);
  }
}

TEST_CASE("Every row is of a setting in the table") {
  for (const auto& [name, row] : documented_rows()) {
    INFO(name);
    CHECK(choreo::options::find_setting(name) != nullptr);
  }
}

TEST_CASE("Names are unique") {
  std::set<std::string_view> names;
  for (const Setting& setting : documented_settings()) CHECK(names.insert(setting.name).second);
}

TEST_CASE("A program with a setting that is not documented does not start") {
  std::int64_t value = 1;
  const auto outcome = start([&](OptionSet& set) { set.add("nonsense", value, 1, 2, "no help"); });
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().kind == choreo::ErrorKind::internal);
  CHECK(outcome.error().message.find("CHOREO_NONSENSE is not documented") != std::string::npos);
}

TEST_CASE("A program whose bounds or default differ from the documented ones does not start") {
  std::int64_t interval = 1000;
  CHECK(start([&](OptionSet& set) { set.add("snapshot-interval", interval, 1, 1000000, ""); }).ok());
  const auto bounds = start([&](OptionSet& set) { set.add("snapshot-interval", interval, 1, 7, ""); });
  REQUIRE_FALSE(bounds.ok());
  CHECK(bounds.error().message.find("allows 1..7; documented is 1..1000000") != std::string::npos);
  interval = 999;
  const auto fallback = start([&](OptionSet& set) { set.add("snapshot-interval", interval, 1, 1000000, ""); });
  REQUIRE_FALSE(fallback.ok());
  CHECK(fallback.error().message.find("defaults to 999; documented is 1000") != std::string::npos);
}

TEST_CASE("Help names every setting of the program with its variable, default and bounds") {
  std::int64_t interval = 1000;
  std::string listen;
  OptionSet set("choreo-test", "one sentence");
  set.add("snapshot-interval", interval, 1, 1000000, "what it is for");
  set.add("streamer-listen", listen, "where");
  const std::string help = set.help();
  for (const char* part :
       {"choreo-test: one sentence", "--snapshot-interval", "CHOREO_SNAPSHOT_INTERVAL", "what it is for",
        "default: 1000; allowed: 1..1000000", "default: unix:<run-dir>/streamer.sock", "--config", "--version"}) {
    INFO(part);
    CHECK(help.find(part) != std::string::npos);
  }
}
