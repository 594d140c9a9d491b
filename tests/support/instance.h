// An instance "x" in a folder of its own, appended to in this process.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "append/appender.h"
#include "log/reader.h"
#include "operation/wire_forms.h"
#include "support/temporary_directory.h"

namespace choreo::test {

class Instance {
 public:
  Instance() { REQUIRE(instances.create("x").ok()); }

  append::Answer post(const std::string& body) {
    INFO(body);
    append::Request request;
    Result<Draft> draft = parse_operation(body);
    if (!draft.ok()) FAIL(draft.error().message);
    request.draft = std::move(*draft);
    Result<append::Answer> answer = appender.append("x", std::move(request));
    if (!answer.ok()) FAIL(answer.error().message);
    return std::move(*answer);
  }
  log::Reader reader() { return log::Reader::open(instances, "x").value(); }
  std::int64_t head() { return reader().head().value().last_id; }
  Operation operation(std::int64_t id) { return reader().operation(id).value().value(); }
  std::string data(const std::string& table, const std::string& id) {
    return reader().entity(table, id).value().value().data;
  }

  TemporaryDirectory dir;
  log::Instances instances = log::Instances::open(dir.path()).value();
  append::Appender appender{instances, system_clock(), system_random(), {}, [](const append::Committed&) {}};
};

}  // namespace choreo::test
