// A real log for the streamer's tests: instances in a folder of their own, appended to as the workers do.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "log/instances.h"
#include "log/reader.h"
#include "log/writer.h"
#include "operation/operation.h"
#include "support/temporary_directory.h"
#include "wire/message.h"

namespace choreo::test {

class TestLog {
 public:
  TestLog() : instances(open_instances(directory.path())) {}

  void create(const std::string& slug) const { REQUIRE(instances.create(slug).ok()); }
  void remove(const std::string& slug) const { REQUIRE(instances.remove(slug).ok()); }

  // Appends in one transaction and returns what the worker would publish.
  wire::Message append(const std::string& slug, const std::vector<Draft>& drafts) {
    const auto lock = log::InstanceLock::acquire(instances, slug);
    REQUIRE(lock.ok());
    auto writer = log::Writer::open(instances, slug, 5000, random);
    REQUIRE(writer.ok());
    REQUIRE(writer->begin().ok());
    wire::Message message{wire::MessageKind::committed, slug, writer->epoch(), writer->head() + 1, 0, {}};
    for (const Draft& draft : drafts) {
      const auto operation = writer->append(draft, 1'700'000'000'000);
      REQUIRE(operation.ok());
      message.last_id = operation->id;
      append_json(message.records.emplace_back(), *operation);
    }
    REQUIRE(writer->commit().ok());
    return message;
  }

  // `count` insertions into table `things`.
  wire::Message append(const std::string& slug, int count) {
    return append(slug, std::vector<Draft>(static_cast<std::size_t>(count), insertion("things", "e")));
  }

  static Draft insertion(const std::string& table, const std::string& id) {
    Draft draft;
    draft.target = R"({"id":")" + id + R"("})";
    draft.context = R"({"table":")" + table + R"("})";
    return draft;
  }

  log::Head head(const std::string& slug) const {
    auto reader = log::Reader::open(instances, slug);
    REQUIRE(reader.ok());
    const auto head = reader->head();
    REQUIRE(head.ok());
    return *head;
  }

  const TemporaryDirectory directory;
  const log::Instances instances;
  SeededRandom random{1};

 private:
  static log::Instances open_instances(const std::string& path) {
    auto opened = log::Instances::open(path);
    REQUIRE(opened.ok());
    return *opened;
  }
};

}  // namespace choreo::test
