#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "service/status_file.h"

using namespace choreo::service;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Folder() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/choreo-status-XXXXXX";
};

}  // namespace

TEST_CASE("a process' status is what it wrote last, until it ends") {
  const Folder run;
  CHECK(read_statuses(run.path()).empty());
  {
    const StatusFile file(run.path(), "choreo-x");
    CHECK(read_statuses(run.path()).empty());
    file.write({{"choreo_streams", 1}});
    file.write({{"choreo_streams", 2}, {"choreo_connections", -3}});
    const auto all = read_statuses(run.path());
    REQUIRE(all.size() == 1);
    CHECK(all[0].process == "choreo-x");
    CHECK(all[0].pid == ::getpid());
    CHECK(all[0].version == CHOREO_VERSION);
    CHECK(all[0].age_ms < kStaleMs);
    CHECK(all[0].values ==
          std::vector<std::pair<std::string, std::int64_t>>{{"choreo_streams", 2}, {"choreo_connections", -3}});
  }
  CHECK(fs::is_empty(run.path() + "/status"));
}

TEST_CASE("what a killed process left, and what is no status, is not read") {
  const Folder run;
  const pid_t child = ::fork();
  if (child == 0) {
    StatusFile(run.path(), "choreo-x").write({});
    const auto* kept = new StatusFile(run.path(), "choreo-killed");
    kept->write({});
    ::_exit(0);
  }
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  std::ofstream(run.path() + "/status/garbage") << "{\"process\":";
  std::ofstream(run.path() + "/status/empty");
  std::ofstream(run.path() + "/status/list") << "[1]";
  CHECK(read_statuses(run.path()).empty());
  CHECK_FALSE(fs::exists(run.path() + "/status/choreo-killed." + std::to_string(child)));
}

TEST_CASE("faults_b7_a_damaged_status_file_is_none") {
  const Folder run;
  fs::create_directories(run.path() + "/status");
  const std::string pid = std::to_string(::getpid());
  const std::string whole = "{\"process\":\"choreo-y\",\"pid\":" + pid +
                            ",\"version\":\"1\",\"started_ms\":1,\"values\":{\"choreo_streams\":3}}";
  const auto count = [&](const std::string& text) {
    std::ofstream(run.path() + "/status/choreo-y." + pid, std::ios::binary) << text;
    return read_statuses(run.path()).size();
  };
  CHECK(count(whole) == 1);
  CHECK(read_statuses(run.path())[0].values.at(0).second == 3);
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(count(whole.substr(0, size)) == 0);
  for (const char* text : {"{\"process\":\"x}", "{\"a}", "{\\}", "{}", "[]", "{\"process\":{}}", "\"}", "}",
                           "{\"process\":\"choreo-y\",\"pid\":1,\"values\":7", "{\"process\":\"\xff\",\"pid\":1}"})
    CHECK(count(text) == 0);
  CHECK(count("{\"process\":\"choreo-y\",\"pid\":" + pid + ",\"values\":[1]}") == 1);
  CHECK(count(whole + std::string(1 << 20, ' ')) == 0);
}
