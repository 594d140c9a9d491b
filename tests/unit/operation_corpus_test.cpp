// The fuzzers' corpora and the JSON corpus through the fuzzers' own entry functions.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/dot_address.h"
#include "fuzz/request_body.h"
#include "support/source_dir.h"

namespace choreo {
namespace {

namespace fs = std::filesystem;

const fs::path kTests = test::source_dir() / "tests";

template <class Property>
std::size_t check_files(const fs::path& directory, Property broken) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    ++count;
    INFO(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    CHECK(broken(bytes) == "");
    // Cut inputs are what a lost connection leaves.
    for (std::size_t cut = bytes.size() / 7 + 1; cut < bytes.size(); cut += bytes.size() / 7 + 1) {
      CHECK(broken(std::string_view(bytes).substr(0, cut)) == "");
    }
  }
  return count;
}

TEST_CASE("every property of request bodies holds over the corpora") {
  CHECK(check_files(kTests / "fuzz" / "corpus" / "request_body", fuzz::broken_request_body) >= 20);
  CHECK(check_files(kTests / "golden" / "json", fuzz::broken_request_body) >= 120);
}

TEST_CASE("every property of dot addresses holds over the corpus") {
  CHECK(check_files(kTests / "fuzz" / "corpus" / "dot_address", fuzz::broken_dot_address) >= 10);
}

}  // namespace
}  // namespace choreo
