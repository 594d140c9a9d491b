// The fuzzer's corpus through the fuzzer's own entry function.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/token.h"
#include "support/source_dir.h"

namespace fs = std::filesystem;

TEST_CASE("Every property of tokens holds over the corpus") {
  const fs::path corpus = choreo::test::source_dir() / "tests" / "fuzz" / "corpus" / "token";
  int count = 0;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    INFO(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    CHECK(choreo::fuzz::broken_token(bytes) == "");
    // The name says what it is.
    CHECK(choreo::access::parse_token(bytes).ok() == (entry.path().filename().string().rfind("ok-", 0) == 0));
    ++count;
  }
  CHECK(count >= 20);
}
