// What holds for any string in a query, any bytes as one, and the fuzzer's corpus.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/random.h"
#include "fuzz/eoql.h"
#include "support/source_dir.h"

using namespace choreo;

namespace {

// Characters that mean something somewhere: here, in SQL, in JSON, in URLs, in terminals.
const char* const kPieces[] = {")",    "(",       ",",    "=",      "\"", "'",  "\\",     ">>",
                               "!=",   "<=",      "é",    "😀",      "\n", "\t", "\r",     " ",
                               "a",    "0",       "%",    "_",      "--", ";",  "\x01",   "\x7f",
                               "null", "\\u0041", "CON(", "\u2028", "{}", "*",  "\u00a0", "\xef\xbb\xbf"};

std::size_t below(SeededRandom& random, std::size_t n) {
  return random.next_u64() % n;
}

std::string awkward_text(SeededRandom& random) {
  std::string text;
  for (std::size_t n = below(random, 12); n > 0; --n) text += kPieces[below(random, std::size(kPieces))];
  if (below(random, 8) == 0) text += '\0';
  return text;
}

// A value as docs/eoql.md tells a client to write it: only the quote and the backslash are escaped.
std::string quoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') out += '\\';
    out += c;
  }
  return out + quote;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("any text comes back from between quotes") {
  SeededRandom random(7);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = awkward_text(random);
    const std::string query = "state(x=" +
                              (i % 2   ? quoted(text, '"')
                               : i % 4 ? quoted(text, '\'')
                                       : json::quote(text)) +
                              ", context.table=t)";
    INFO(query);
    const auto parsed = eoql::parse(query);
    REQUIRE(parsed.ok());
    const auto& state = std::get<eoql::StateQuery>(*parsed);
    REQUIRE(state.filters.size() == 1);
    REQUIRE(json::unquote(state.filters[0].value.json) == text);
    REQUIRE(state.table == "t");
  }
}

TEST_CASE("any text is a field's name between quotes") {
  SeededRandom random(8);
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "x" + awkward_text(random);
    const std::string query = "state(" + quoted("target." + name, i % 2 ? '"' : '\'') + ">=1)";
    INFO(query);
    const auto parsed = eoql::parse(query);
    REQUIRE(parsed.ok());
    REQUIRE(std::get<eoql::StateQuery>(*parsed).filters.at(0).name == name);
  }
}

TEST_CASE("every property holds over the fuzzer's corpus, whole and cut anywhere") {
  const auto corpus = choreo::test::source_dir() / "tests" / "fuzz" / "corpus" / "eoql";
  int queries = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    const std::string text = bytes_of(entry.path());
    for (std::size_t length = 0; length <= text.size(); ++length) {
      INFO(entry.path().string() << " cut at " << length);
      REQUIRE(fuzz::broken_eoql(std::string_view(text).substr(0, length)) == "");
    }
    // The name says what it is.
    const bool ok = eoql::parse(text).ok();
    CHECK(ok != entry.path().filename().string().starts_with("refused-"));
    ++(ok ? queries : refused);
  }
  CHECK(queries >= 15);
  CHECK(refused >= 12);
}

TEST_CASE("every property holds for random bytes and random tokens") {
  const char* const tokens[] = {
      "state(",   "stream(", ")",  ",",    "=",    "!=",       ">=",       " >> CON(",   "a",
      "_ops.ALT", "limit",   "5",  "'x'",  "true", "target.b", "op",       "ALT",        "hops",
      "at",       "order",   "-c", "null", "\"",   "frame.d",  "_has_nul", "1970-01-01", "\\"};
  SeededRandom random(11);
  for (int i = 0; i < 20000; ++i) {
    std::string text = i % 2 ? "state(" : "";
    for (std::size_t n = below(random, 16); n > 0; --n)
      text +=
          i % 4 < 2 ? std::string(1, static_cast<char>(random.next_u64())) : tokens[below(random, std::size(tokens))];
    INFO((json::is_utf8(text) ? text : "not UTF-8"));
    REQUIRE(fuzz::broken_eoql(text) == "");
  }
}
