// The fuzzer's corpus through the fuzzer's own entry function.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/fastcgi.h"
#include "support/source_dir.h"

namespace fs = std::filesystem;

TEST_CASE("Every property of FastCGI requests holds over the corpus") {
  const fs::path corpus = choreo::test::source_dir() / "tests" / "fuzz" / "corpus" / "fastcgi";
  int count = 0;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    INFO(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    CHECK(choreo::fuzz::broken_fastcgi(bytes) == "");
    // The name says what it is.
    const bool ok = !choreo::fuzz::take_fastcgi(bytes, 1).broken;
    CHECK(ok == (entry.path().filename().string().rfind("ok-", 0) == 0));
    ++count;
  }
  CHECK(count >= 10);
}
