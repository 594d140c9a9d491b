// The fuzzer's corpus through the fuzzer's own entry function.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/wire_message.h"
#include "support/source_dir.h"

namespace fs = std::filesystem;

TEST_CASE("Every property of messages holds over the corpus") {
  const fs::path corpus = choreo::test::source_dir() / "tests" / "fuzz" / "corpus" / "wire_message";
  int messages = 0;
  int refused = 0;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    INFO(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    CHECK(choreo::fuzz::broken_wire_message(bytes) == "");
    // The name says what it is.
    const bool ok = choreo::wire::decode(bytes).ok();
    CHECK(ok == (entry.path().filename().string().rfind("ok-", 0) == 0));
    ++(ok ? messages : refused);
  }
  CHECK(messages >= 7);
  CHECK(refused >= 7);
}
