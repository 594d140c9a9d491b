// The sources of settings and their precedence.
#include <catch2/catch.hpp>
#include <fstream>

#include "options/options.h"
#include "support/temporary_directory.h"

using choreo::options::OptionSet;
using Environment = std::map<std::string, std::string>;

namespace {

struct Settings {
  std::string dir = "./instances";
  std::string log_level = "info";
  std::int64_t interval = 1000;

  choreo::Result<OptionSet::Outcome> parse(std::vector<const char*> arguments, const Environment& env = {},
                                           const std::string& default_file = "/nonexistent/choreo.conf") {
    OptionSet set("choreo-test", "tests", default_file);
    set.add("dir", dir, "data");
    set.add_choice("log-level", log_level, {"debug", "info", "warning", "error"}, "level");
    set.add("snapshot-interval", interval, 1, 1000000, "interval");
    arguments.insert(arguments.begin(), "choreo-test");
    return set.parse(static_cast<int>(arguments.size()), arguments.data(), env);
  }
};

class File {
 public:
  explicit File(const std::string& text) { std::ofstream(path(), std::ios::binary) << text; }
  std::string path() const { return directory_.path() + "/choreo.conf"; }

 private:
  choreo::test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("Without any source the members keep their defaults") {
  Settings settings;
  const auto outcome = settings.parse({});
  REQUIRE(outcome.ok());
  CHECK(*outcome == OptionSet::Outcome::run);
  CHECK(settings.dir == "./instances");
  CHECK(settings.interval == 1000);
}

TEST_CASE("Both spellings of a command line option are read") {
  Settings settings;
  REQUIRE(settings.parse({"--dir", "/a b", "--snapshot-interval=7", "--log-level", "debug"}).ok());
  CHECK(settings.dir == "/a b");
  CHECK(settings.interval == 7);
  CHECK(settings.log_level == "debug");
}

TEST_CASE("An empty text can be given in both spellings") {
  Settings settings;
  REQUIRE(settings.parse({"--dir="}).ok());
  CHECK(settings.dir.empty());
  settings.dir = "x";
  REQUIRE(settings.parse({"--dir", ""}).ok());
  CHECK(settings.dir.empty());
}

TEST_CASE("A value may look like an option's value with equals signs and dashes") {
  Settings settings;
  REQUIRE(settings.parse({"--dir=/a=b", "--log-level=info"}).ok());
  CHECK(settings.dir == "/a=b");
  REQUIRE(settings.parse({"--dir", "-x"}).ok());
  CHECK(settings.dir == "-x");
}

TEST_CASE("Command line beats environment beats file beats default") {
  const File file("CHOREO_SNAPSHOT_INTERVAL=2\nCHOREO_DIR=/file\nCHOREO_LOG_LEVEL=error\n");
  const Environment env = {{"CHOREO_SNAPSHOT_INTERVAL", "3"}, {"CHOREO_DIR", "/env"}};
  Settings settings;
  REQUIRE(settings.parse({"--config", file.path().c_str(), "--snapshot-interval", "4"}, env).ok());
  CHECK(settings.interval == 4);
  CHECK(settings.dir == "/env");
  CHECK(settings.log_level == "error");
}

TEST_CASE("The file is the one that the command line names, else the environment, else the default one") {
  const File one("CHOREO_DIR=/one\n"), two("CHOREO_DIR=/two\n"), three("CHOREO_DIR=/three\n");
  Settings settings;
  REQUIRE(settings.parse({"--config", one.path().c_str()}, {{"CHOREO_CONFIG", two.path()}}, three.path()).ok());
  CHECK(settings.dir == "/one");
  REQUIRE(settings.parse({}, {{"CHOREO_CONFIG", two.path()}}, three.path()).ok());
  CHECK(settings.dir == "/two");
  REQUIRE(settings.parse({}, {}, three.path()).ok());
  CHECK(settings.dir == "/three");
}

TEST_CASE("A bad value that a stronger source overrides does not matter") {
  Settings settings;
  REQUIRE(settings.parse({"--snapshot-interval", "5"}, {{"CHOREO_SNAPSHOT_INTERVAL", "x"}}).ok());
  CHECK(settings.interval == 5);
}

TEST_CASE("Variables that no setting has, and settings of other programs, are left alone") {
  const File file("CHOREO_STREAM_MAX=lots\n");
  Settings settings;
  CHECK(settings.parse({"--config", file.path().c_str()}, {{"CHOREO_NONSENSE", "1"}, {"CHOREO_PORT", "x"}}).ok());
}

TEST_CASE("A check reads all sources and tells what is wrong with them") {
  Settings settings;
  const auto checked = settings.parse({"--check"});
  REQUIRE(checked.ok());
  CHECK(*checked == OptionSet::Outcome::check);
  CHECK_FALSE(settings.parse({"--check"}, {{"CHOREO_CONFIG", "/nonexistent"}}).ok());
  CHECK(*settings.parse({"--check", "--version"}) == OptionSet::Outcome::version);
}

TEST_CASE("Help and version win over everything that is wrong elsewhere") {
  Settings settings;
  const auto help = settings.parse({"--help"}, {{"CHOREO_SNAPSHOT_INTERVAL", "x"}});
  REQUIRE(help.ok());
  CHECK(*help == OptionSet::Outcome::help);
  const auto version = settings.parse({"--version"}, {{"CHOREO_CONFIG", "/nonexistent"}});
  REQUIRE(version.ok());
  CHECK(*version == OptionSet::Outcome::version);
}

TEST_CASE(
    "The file's form: comments, blank lines, spaces, quotes, carriage returns, a byte order mark, no last line end") {
  const File file(
      "\xef\xbb\xbf# comment\r\n\n  # indented\n \tCHOREO_DIR =  \"/a # b\" \r\nCHOREO_LOG_LEVEL='error'\n"
      "CHOREO_SNAPSHOT_INTERVAL=12");
  Settings settings;
  REQUIRE(settings.parse({"--config", file.path().c_str()}).ok());
  CHECK(settings.dir == "/a # b");
  CHECK(settings.log_level == "error");
  CHECK(settings.interval == 12);
}

TEST_CASE("The environment is read with values that contain equals signs") {
  setenv("CHOREO_TEST_ENVIRONMENT", "a=b=c", 1);
  CHECK(choreo::options::environment().at("CHOREO_TEST_ENVIRONMENT") == "a=b=c");
  unsetenv("CHOREO_TEST_ENVIRONMENT");
  CHECK(choreo::options::environment().count("CHOREO_TEST_ENVIRONMENT") == 0);
}

TEST_CASE("Booleans take the usual words and nothing else") {
  // No documented setting is one yet, so the entry is used by itself.
  bool flag = false;
  OptionSet set("choreo-test", "tests");
  set.add("flag", flag, "a flag");
  const auto& assign = set.entries().front().assign;
  for (const char* yes : {"true", "1", "yes", "on"}) {
    flag = false;
    CHECK(assign(yes).empty());
    CHECK(flag);
  }
  for (const char* no : {"false", "0", "no", "off"}) {
    flag = true;
    CHECK(assign(no).empty());
    CHECK_FALSE(flag);
  }
  for (const char* bad : {"", "TRUE", "2", "y", " on"}) CHECK(assign(bad) == "true, 1, yes, on, false, 0, no, off");
}
