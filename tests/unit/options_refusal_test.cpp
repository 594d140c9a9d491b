// Every way to give a bad setting, and the sentence that stops the program.
#include <catch2/catch.hpp>
#include <fstream>

#include "options/file.h"
#include "options/options.h"
#include "support/temporary_directory.h"

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using choreo::options::OptionSet;

namespace {

std::string refusal(std::vector<const char*> arguments, const std::map<std::string, std::string>& env = {}) {
  std::string dir;
  std::string log_level = "info";
  std::int64_t interval = 1000;
  OptionSet set("choreo-test", "tests", "/nonexistent/choreo.conf");
  const auto check = [](const std::string& text) { return std::string(text == "bad" ? "anything but bad" : ""); };
  set.add("dir", dir, check, "data");
  set.add_choice("log-level", log_level, {"debug", "info", "warning", "error"}, "level");
  set.add("snapshot-interval", interval, 1, 1000000, "interval");
  arguments.insert(arguments.begin(), "choreo-test");
  const auto outcome = set.parse(static_cast<int>(arguments.size()), arguments.data(), env);
  if (outcome.ok()) return "";
  CHECK(outcome.error().kind == choreo::ErrorKind::invalid);
  CHECK(outcome.error().code == "bad_option");
  return outcome.error().message;
}

std::string file_refusal(const std::string& text) {
  choreo::test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/f.conf";
  std::ofstream(path, std::ios::binary) << text;
  std::string sentence = refusal({"--config", path.c_str()});
  const std::size_t at = sentence.find(path);
  return at == std::string::npos ? sentence : sentence.replace(at, path.size(), "FILE");
}

}  // namespace

TEST_CASE("A bad number is refused with its name, value and bounds") {
  for (const char* value :
       {"", " ", "x", "0", "-1", "1000001", "1.5", "1e3", "0x10", "+5", " 5", "5 ", "99999999999999999999"})
    CHECK_THAT(refusal({"--snapshot-interval", value}), Equals("--snapshot-interval: the value '" + std::string(value) +
                                                               "' is not allowed; allowed: 1..1000000"));
  CHECK(refusal({"--snapshot-interval", "1"}).empty());
  CHECK(refusal({"--snapshot-interval", "1000000"}).empty());
}

TEST_CASE("The sentence names the source") {
  CHECK_THAT(
      refusal({}, {{"CHOREO_SNAPSHOT_INTERVAL", "x"}}),
      Equals("environment variable CHOREO_SNAPSHOT_INTERVAL: the value 'x' is not allowed; allowed: 1..1000000"));
  CHECK_THAT(file_refusal("\nCHOREO_SNAPSHOT_INTERVAL=x\n"),
             Equals("FILE line 2, CHOREO_SNAPSHOT_INTERVAL: the value 'x' is not allowed; allowed: 1..1000000"));
}

TEST_CASE("A bad choice and a text that its check refuses say what is allowed") {
  CHECK_THAT(refusal({"--log-level", "loud"}),
             Equals("--log-level: the value 'loud' is not allowed; allowed: debug, info, warning, error"));
  CHECK_THAT(refusal({"--dir", "bad"}), Equals("--dir: the value 'bad' is not allowed; allowed: anything but bad"));
}

TEST_CASE("What is no option on the command line is named") {
  const std::string hint = "; choreo-test --help lists the settings";
  CHECK_THAT(refusal({"--frobnicate", "1"}), Equals("unknown option '--frobnicate'" + hint));
  CHECK_THAT(refusal({"--frobnicate=1"}), Contains("'--frobnicate'"));
  CHECK_THAT(refusal({"--snapshot"}), Equals("unknown option '--snapshot'" + hint));  // no guessing
  CHECK_THAT(refusal({"--SNAPSHOT-INTERVAL", "2"}), Contains("unknown option"));
  CHECK_THAT(refusal({"serve"}), Equals("unexpected argument 'serve'" + hint));
  CHECK_THAT(refusal({"-d"}), Equals("unexpected argument '-d'" + hint));
  CHECK_THAT(refusal({"--dir"}), Contains("--dir"));
  CHECK_THAT(refusal({"--dir", "a", "--dir", "b"}), Equals("--dir was given twice"));
  CHECK_THAT(refusal({"--help=1"}), Contains("help"));
}

TEST_CASE("What is wrong with the file is said with its line") {
  CHECK_THAT(file_refusal("CHOREO_DIR=/x\nnonsense\n"), Equals("FILE line 2: is not NAME=value"));
  CHECK_THAT(file_refusal("CHOREO_DIR=/x\n#\nCHOREO_DIR=/y\n"), Equals("FILE line 3: CHOREO_DIR was given before"));
  const std::string unknown = ": there is no such setting; docs/configuration.md lists them";
  CHECK_THAT(file_refusal("CHOREO_NONSENSE=1\n"), Equals("FILE line 1, CHOREO_NONSENSE" + unknown));
  CHECK_THAT(file_refusal("dir=/x\n"), Equals("FILE line 1, dir" + unknown));
  CHECK_THAT(file_refusal("=x\n"), Equals("FILE line 1, " + unknown));
  CHECK_THAT(file_refusal("CHOREO_CONFIG=/x\n"), Equals("FILE line 1, CHOREO_CONFIG" + unknown));
}

TEST_CASE("A file that was named must be readable and of bounded size") {
  choreo::test::TemporaryDirectory directory;
  const std::string absent = directory.path() + "/absent.conf";
  CHECK_THAT(refusal({"--config", absent.c_str()}),
             Equals("settings file " + absent + " cannot be read: No such file or directory"));
  CHECK_THAT(refusal({}, {{"CHOREO_CONFIG", absent}}), Contains(absent));
  CHECK_THAT(refusal({"--config", directory.path().c_str()}), Contains("cannot be read"));
  CHECK_THAT(file_refusal(std::string(choreo::options::kMaxFileBytes + 1, '#')), Contains("larger than 1048576 bytes"));
  CHECK(file_refusal(std::string(choreo::options::kMaxFileBytes, '#')).empty());
}

TEST_CASE("Bytes of every kind in a file are refused or read, never more") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const auto lines = choreo::options::parse_file(std::string("A=") + c + "b\n" + c + "\n", "f");
    if (lines.ok()) CHECK(!lines->empty());
  }
}
