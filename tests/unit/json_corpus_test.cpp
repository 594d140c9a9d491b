// Every file of tests/golden/json; its README.md says what the names mean.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "json/canonical.h"
#include "json/string.h"
#include "support/source_dir.h"

namespace choreo::json {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = test::source_dir() / "tests" / "golden" / "json";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> json_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("every valid document of the corpus has its canonical text") {
  const auto files = json_files(kCorpus / "valid");
  REQUIRE(files.size() >= 60);
  for (const fs::path& file : files) {
    INFO(file.filename().string());
    const std::string text = read_file(file);
    fs::path expected = file;
    expected.replace_extension(".canonical");
    const auto canonical = canonicalize(text);
    REQUIRE(canonical.ok());
    CHECK(*canonical == (fs::exists(expected) ? read_file(expected) : text));
  }
}

TEST_CASE("every invalid document of the corpus is refused with its code and a place in the text") {
  std::size_t count = 0;
  for (const std::string code : {"bad_json", "bad_utf8", "too_deep"}) {
    for (const fs::path& file : json_files(kCorpus / "invalid" / code)) {
      ++count;
      INFO(code << "/" << file.filename().string());
      const std::string text = read_file(file);
      const auto canonical = canonicalize(text);
      REQUIRE_FALSE(canonical.ok());
      const Error& error = canonical.error();
      CHECK(error.kind == ErrorKind::invalid);
      CHECK(error.code == code);
      REQUIRE(error.position.has_value());
      CHECK(*error.position <= text.size());
      CHECK(error.message.find("at byte " + std::to_string(*error.position) + ".") != std::string::npos);
      CHECK(is_utf8(error.message));
    }
  }
  CHECK(count >= 60);
}

}  // namespace
}  // namespace choreo::json
