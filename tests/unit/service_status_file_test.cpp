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
