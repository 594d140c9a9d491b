// docs/eoql.md says what the parser does: its examples are queries, its errors are the parser's.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "eoql/parser.h"
#include "support/source_dir.h"

using namespace choreo;

namespace {

std::vector<std::string> lines_of_page() {
  const auto root = choreo::test::source_dir();
  std::ifstream in(root / "docs" / "eoql.md");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool is_call(const std::string& text) {
  return (text.starts_with("state(") || text.starts_with("stream(") || text.starts_with("meta(")) &&
         text.ends_with(')');
}

// What a table's row has between backquotes that is a query.
std::vector<std::string> queries_in(const std::string& row) {
  std::vector<std::string> out;
  for (std::size_t open = row.find('`'); open != std::string::npos; open = row.find('`', open + 1)) {
    const std::size_t close = row.find('`', open + 1);
    if (close == std::string::npos) break;
    const std::string text = row.substr(open + 1, close - open - 1);
    if (is_call(text)) out.push_back(text);
    open = close;
  }
  return out;
}

}  // namespace

TEST_CASE("the page's examples are queries") {
  int examples = 0;
  bool errors = false;
  for (const std::string& line : lines_of_page()) {
    errors = errors || line == "## Errors";
    if (errors) break;
    std::vector<std::string> queries = queries_in(line);
    if (line.starts_with("    ") && is_call(line.substr(4))) queries.push_back(line.substr(4));
    for (const std::string& query : queries) {
      INFO(query);
      const auto parsed = eoql::parse(query);
      CHECK((parsed.ok() ? "" : parsed.error().message) == "");
      ++examples;
    }
  }
  CHECK(errors);
  CHECK(examples >= 25);
}

TEST_CASE("the page's errors are the parser's") {
  int examples = 0;
  bool errors = false;
  for (const std::string& line : lines_of_page()) {
    errors = errors || line == "## Errors";
    if (!errors || !line.starts_with("| `")) continue;
    const std::size_t close = line.find('`', 3), sentence = close + 4;
    const auto parsed = eoql::parse(line.substr(3, close - 3));
    INFO(line);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message == line.substr(sentence, line.size() - 2 - sentence));
    ++examples;
  }
  CHECK(examples >= 8);
}

TEST_CASE("the page names the limits") {
  std::string page;
  for (const std::string& line : lines_of_page()) page += line + " ";
  CHECK(page.find(std::to_string(eoql::kMaxQueryBytes / 1024) + " KiB (`kMaxQueryBytes`)") != std::string::npos);
  CHECK(page.find(std::to_string(eoql::kMaxParameters) + " parameters (`kMaxParameters`)") != std::string::npos);
  CHECK(page.find(std::to_string(eoql::kMaxKeyBytes) + " bytes (`kMaxKeyBytes`)") != std::string::npos);
  CHECK(page.find("1 to " + std::to_string(eoql::kMaxLimit)) != std::string::npos);
  CHECK(page.find("0 to " + std::to_string(eoql::kMaxHops)) != std::string::npos);
  CHECK(page.find("`limit` is " + std::to_string(eoql::kDefaultStreamLimit) + " if absent") != std::string::npos);
}
