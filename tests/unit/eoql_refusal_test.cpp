// What is no query: where it stops being one, and the sentence that says so.
#include <catch2/catch.hpp>
#include <string>

#include "eoql/parser.h"
#include "json/string.h"

using namespace choreo;

namespace {

struct Case {
  std::string text;
  std::size_t position;
  std::string sentence;
};

void check(const Case& c) {
  INFO(c.text);
  const auto query = eoql::parse(c.text);
  REQUIRE_FALSE(query.ok());
  CHECK(query.error().kind == ErrorKind::invalid);
  CHECK(query.error().code == "bad_query");
  CHECK(query.error().field == "query");
  CHECK(query.error().position == c.position);
  CHECK(query.error().message == c.sentence);
}

const std::string kStart = "Expected state(…), stream(…), meta(…) or a table's name, found ";
const std::string kEscapes = R"(Expected \" \' \\ \/ \b \f \n \r \t or \uXXXX, surrogates in pairs, found )";
const std::string kUnderscored =
    "Expected _seg.boundary, _has_sup, _has_nul, _include_dead, _only_dead or _ops.X (target._x is the field _x), "
    "found ";
const std::string kOps = "NUL DES INS SEG CON SYN ALT SUP REC";

}  // namespace

TEST_CASE("a query begins with a name and ends with it or its parentheses") {
  const Case cases[] = {
      {"", 0, kStart + "the end of the query at 0."},
      {"  ", 2, kStart + "the end of the query at 2."},
      {"''", 0, kStart + "the string '' at 0."},
      {"(a=1)", 0, kStart + "'(' at 0."},
      {"tables(x=1)", 0, kStart + "'tables' at 0."},
      {"STATE()", 0, kStart + "'STATE' at 0."},
      {"two words", 4, "Expected the end of the query after a table's name, found 'words' at 4."},
      {"'state'()", 7, "Expected the end of the query after a table's name, found '(' at 7."},
      {"places >> CON()", 7, "Expected the end of the query after a table's name, found '>>' at 7."},
      {"state() x", 8, "Expected '>>' or the end of the query, found 'x' at 8."},
      {"state())", 7, "Expected '>>' or the end of the query, found ')' at 7."},
      {"state() > > CON()", 8, "Expected '>>' or the end of the query, found '>' at 8."},
      {"stream() >> CON()", 9, "Expected the end of the query, found '>>' at 9."},
      {"meta(types) >> CON()", 12, "Expected the end of the query, found '>>' at 12."},
      {"state() >>", 10, "Expected CON(…) after '>>', found the end of the query at 10."},
      {"state() >> SYN()", 11, "Expected CON(…) after '>>', found 'SYN' at 11."},
      {"state() >> CON", 14, "Expected '(', found the end of the query at 14."},
      {"state() >> CON() >> CON()", 17, "Expected the end of the query, found '>>' at 17."},
      {"meta()", 5, "Expected types, rules, fields or emergent in meta(), found ')' at 5."},
      {"meta(places)", 5, "Expected types, rules, fields or emergent in meta(), found 'places' at 5."},
      {"meta(types, rules)", 10, "Expected ')' after the name, found ',' at 10."},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("parameters are key, comparison, value, with commas between them") {
  const Case cases[] = {
      {"state(", 6, "Expected a key, found the end of the query at 6."},
      {"state(=1)", 6, "Expected a key, found '=' at 6."},
      {"state(''=1)", 6, "Expected a key, found the string '' at 6."},
      {"state(,a=1)", 6, "Expected a key, found ',' at 6."},
      {"state(a=1,)", 10, "Expected a key, found ')' at 10."},
      {"state(a", 7,
       "Expected = != < <= > or >= after 'a' (a table is context.table=a), found the end of the query at 7."},
      {"state(a b)", 8, "Expected = != < <= > or >= after 'a', found 'b' at 8."},
      {"state(a>>1)", 7, "Expected = != < <= > or >= after 'a', found '>>' at 7."},
      {"state(a!1)", 7, "Expected '!=', found '!' alone at 7."},
      {"state(a==1)", 8, "Expected a value for 'a', found '=' at 8."},
      {"state(a<>1)", 8, "Expected a value for 'a', found '>' at 8."},
      {"state(a=)", 8, "Expected a value for 'a', found ')' at 8."},
      {"state(a=1", 9, "Expected ',' or ')' after the value, found the end of the query at 9."},
      {"state(a=1 b=2)", 10, "Expected ',' or ')' after the value, found 'b' at 10."},
      {"state(a='x''y')", 11, "Expected ',' or ')' after the value, found the string 'y' at 11."},
      {"state(a=f(x))", 9, "Expected ',' or ')' after the value, found '(' at 9."},
      {"state(a/b=1)", 6,
       "Expected a key of letters, digits, '_', '.' and '-' (any other between quotes), found 'a/b' at 6."},
      {"state(a=" + std::string(39, 'x') + "é b)", 50, "Expected ',' or ')' after the value, found 'b' at 50."},
      {"state(a=1 " + std::string(59, 'x') + "éé)", 10,
       "Expected ',' or ')' after the value, found '" + std::string(59, 'x') + "…' at 10."},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("strings are closed and hold known escapes") {
  const std::string open = "for the string that begins at 8, found the end of the query.";
  const Case cases[] = {
      {"state(a=\"x)", 8, "Expected a closing \" " + open},
      {"state(a='x\")", 8, "Expected a closing ' " + open},
      {"state(a='x\\')", 8, "Expected a closing ' " + open},
      {"state(a='x\\", 8, "Expected a closing ' " + open},
      {"state(a='", 8, "Expected a closing ' " + open},
      {"state(a='\\q')", 9, kEscapes + "'\\q' at 9."},
      {"state(a='\\é')", 9, kEscapes + "'\\' at 9."},
      {"state(a='\\u12')", 9, kEscapes + "'\\u12')' at 9."},
      {"state(a='\\u12", 9, kEscapes + "'\\u12' at 9."},
      {"state(a='\\ud800')", 9, kEscapes + "'\\ud800' at 9."},
      {"state(a='\\udc00')", 9, kEscapes + "'\\udc00' at 9."},
      {"state(a='\\ud83d\\u0041')", 9, kEscapes + "'\\ud83d\\u0041' at 9."},
      {"state(a='\\ud83d\\n')", 9, kEscapes + "'\\ud83d' at 9."},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("keys are known and given once") {
  const Case cases[] = {
      {"state(context.type=x)", 6,
       "Expected context.table, the only context key of state(), found 'context.type' at 6."},
      {"state(_alive=true)", 6, kUnderscored + "'_alive' at 6."},
      {"state(_seg.x=1)", 6, kUnderscored + "'_seg.x' at 6."},
      {"state(_ops.XXX=1)", 6, "Expected _ops. and one of " + kOps + ", found '_ops.XXX' at 6."},
      {"state(_ops.D I=1)", 13, "Expected = != < <= > or >= after '_ops.D', found 'I' at 13."},
      {"state('_ops.L D'=1)", 6, "Expected _ops. and one of " + kOps + ", found '_ops.L D' at 6."},
      {"state(_ops=1)", 6, "Expected _ops. and one of " + kOps + ", found '_ops' at 6."},
      {"state(_ops.=1)", 6, "Expected a name after '_ops.', found nothing at 6."},
      {"state(target.=1)", 6, "Expected a name after 'target.', found nothing at 6."},
      {"state(frame.=1)", 6, "Expected a name after 'frame.', found nothing at 6."},
      {"stream(context.=1)", 7, "Expected a name after 'context.', found nothing at 7."},
      {"stream(name=x)", 7, "Expected op, after, before, limit, context.x, target.x or frame.x, found 'name' at 7."},
      {"state() >> CON(depth=1)", 15, "Expected hops, stance, exclude or min_coupling, found 'depth' at 15."},
      {"state(limit=5, a=1, limit=5)", 20, "Expected 'limit' once, found it again at 20."},
      {"state(context.table=a, context.table=b)", 23, "Expected 'context.table' once, found it again at 23."},
      {"state(_has_sup=true, _has_sup=true)", 21, "Expected '_has_sup' once, found it again at 21."},
      {"stream(op=ALT, op=INS)", 15, "Expected 'op' once, found it again at 15."},
      {"state() >> CON(hops=1, hops=2)", 23, "Expected 'hops' once, found it again at 23."},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("values are of their key's kind") {
  const std::string time = "Expected a date or time such as 2026-02-15 or 2026-02-15T16:22:01Z for ";
  const Case cases[] = {
      {"state(context.table='')", 20, "Expected a text that is not empty for 'context.table', found '' at 20."},
      {"state(context.table=null)", 20, "Expected a text that is not empty for 'context.table', found 'null' at 20."},
      {"state(limit=0)", 12, "Expected an integer from 1 to 10000 for 'limit', found '0' at 12."},
      {"state(limit=10001)", 12, "Expected an integer from 1 to 10000 for 'limit', found '10001' at 12."},
      {"state(limit=1.0)", 12, "Expected an integer from 1 to 10000 for 'limit', found '1.0' at 12."},
      {"state(limit=07)", 12, "Expected an integer from 1 to 10000 for 'limit', found '07' at 12."},
      {"stream(limit=ten)", 13, "Expected an integer from 1 to 10000 for 'limit', found 'ten' at 13."},
      {"state(at_op=-1)", 12, "Expected an integer of 0 or more for 'at_op', found '-1' at 12."},
      {"state(at_op=9223372036854775808)", 12,
       "Expected an integer of 0 or more for 'at_op', found '9223372036854775808' at 12."},
      {"state(order=-)", 12, "Expected a field or -field of at most 1024 bytes for 'order', found '-' at 12."},
      {"state(order=target.)", 12,
       "Expected a field or -field of at most 1024 bytes for 'order', found 'target.' at 12."},
      {"state(at=yesterday)", 9, time + "'at', found 'yesterday' at 9."},
      {"state(at=2026-02-30)", 9, time + "'at', found '2026-02-30' at 9."},
      {"stream(after='')", 13, time + "'after', found '' at 13."},
      {"stream(before=5)", 14, time + "'before', found '5' at 14."},
      {"stream(op=alt)", 10, "Expected one of " + kOps + " for 'op', found 'alt' at 10."},
      {"state(_include_dead=1)", 20, "Expected true or false for '_include_dead', found '1' at 20."},
      {"state() >> CON(hops=-1)", 20, "Expected an integer from 0 to 16 for 'hops', found '-1' at 20."},
      {"state() >> CON(hops=17)", 20, "Expected an integer from 0 to 16 for 'hops', found '17' at 20."},
      {"state() >> CON(min_coupling=1.01)", 28,
       "Expected a number from 0 to 1 for 'min_coupling', found '1.01' at 28."},
      {"state() >> CON(min_coupling=-1)", 28, "Expected a number from 0 to 1 for 'min_coupling', found '-1' at 28."},
      {"state() >> CON(min_coupling=low)", 28, "Expected a number from 0 to 1 for 'min_coupling', found 'low' at 28."},
      {"state() >> CON(stance=strong)", 22,
       "Expected accidental, essential or generative for 'stance', found 'strong' at 22."},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("only filters take another comparison than =") {
  const char* single[] = {"context.table", "at",       "at_op",         "limit",     "order",
                          "_has_sup",      "_has_nul", "_include_dead", "_only_dead"};
  const char* comparisons[] = {"!=", "<", "<=", ">", ">="};
  const auto refused = [&](const std::string& before, const std::string& key, const std::string& comparison) {
    const std::size_t at = before.size() + key.size();
    check({before + key + comparison + "1)", at,
           "Expected '=' after '" + key + "', found '" + comparison + "' at " + std::to_string(at) + "."});
  };
  for (const char* comparison : comparisons) {
    for (const char* key : single) refused("state(", key, comparison);
    for (const char* key : {"after", "before", "limit"}) refused("stream(", key, comparison);
    if (comparison != comparisons[0]) refused("stream(", "op", comparison);
    for (const char* key : {"hops", "stance", "exclude", "min_coupling"}) refused("state() >> CON(", key, comparison);
  }
}

TEST_CASE("queries, keys and the number of parameters are bounded") {
  using namespace eoql;
  const std::string long_value = "state(a='" + std::string(kMaxQueryBytes - 10, 'x') + "')";
  check({long_value, kMaxQueryBytes, "Expected a query of at most 65536 bytes, found 65537 at 65536."});
  check({"state(" + std::string(kMaxKeyBytes + 1, 'k') + "=1)", 6,
         "Expected a key of at most 1024 bytes, found '" + std::string(60, 'k') + "…' at 6."});
  std::string filters = "a=1";
  for (std::size_t i = 1; i < kMaxParameters; ++i) filters += ",a=1";
  check({"state(" + filters + ",b=2)", 406, "Expected at most 100 parameters, found more at 406."});
}

TEST_CASE("queries are UTF-8") {
  const std::string broken[] = {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"};
  for (const std::string& bytes : broken)
    check({"state(é='" + bytes + "')", 10, "Expected UTF-8, found a byte that is not at 10."});
  check({"state(a=\xc3", 8, "Expected UTF-8, found a byte that is not at 8."});
}
