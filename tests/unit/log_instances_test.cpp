#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <set>

#include "log/instances.h"
#include "support/temporary_directory.h"

using namespace choreo;
using log::InstanceLock;
using log::Instances;

namespace {

std::set<std::string> lock_files(const Instances& instances) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(instances.control_dir() + "/locks"))
    names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("faults_a15 a lock of an instance is waited for as long as is set") {
  const test::TemporaryDirectory dir;
  Instances instances = Instances::open(dir.path()).value();
  REQUIRE(instances.create("x").ok());
  instances.wait_for_locks(20);
  const auto held = InstanceLock::acquire(instances, "x");
  REQUIRE(held.ok());
  const Status refused = instances.remove("x");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "busy");
  CHECK(refused.error().message.find(dir.path()) == std::string::npos);
  CHECK(instances.identity("x").ok());
  CHECK(instances.create("y").ok());
}

TEST_CASE("faults_a16 there is a lock file for each instance, and no other") {
  const test::TemporaryDirectory dir;
  Instances instances = Instances::open(dir.path()).value();
  instances.limit_to(3);
  for (const char* slug : {"a", "b", "c"}) REQUIRE(instances.create(slug).ok());
  CHECK_FALSE(instances.create("a").ok());
  CHECK_FALSE(instances.create("d").ok());
  CHECK_FALSE(instances.remove("never").ok());
  { CHECK(InstanceLock::acquire(instances, "never").ok()); }
  CHECK(lock_files(instances) == std::set<std::string>{"a", "b", "c"});
  REQUIRE(instances.remove("b").ok());
  CHECK(lock_files(instances) == std::set<std::string>{"a", "c"});
  REQUIRE(instances.create("b").ok());
  CHECK(lock_files(instances) == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("faults_a16 lock files without an instance go when nobody holds them") {
  const test::TemporaryDirectory dir;
  const Instances instances = Instances::open(dir.path()).value();
  REQUIRE(instances.create("a").ok());
  for (const char* slug : {"left", "held"}) std::ofstream(instances.lock_path(slug)).close();
  {
    const auto held = InstanceLock::acquire(instances, "held");
    instances.remove_unused_locks();
    CHECK(lock_files(instances) == std::set<std::string>{"a", "held"});
  }
  instances.remove_unused_locks();
  CHECK(lock_files(instances) == std::set<std::string>{"a"});
}
