#include "eoql/lexer.h"

#include <algorithm>

#include "base/text.h"
#include "eoql/odd_characters.h"
#include "json/canonical.h"
#include "json/string.h"

namespace choreo::eoql {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kWordEnds = " \t\r\n\"'(),=!<>";

bool starts_high_surrogate(std::string_view escape) {
  return escape.size() == 6 && (escape[2] == 'd' || escape[2] == 'D') &&
         std::string_view("89abAB").find(escape[3]) != std::string_view::npos;
}

}  // namespace

std::string shown(const Token& token) {
  if (token.kind == TokenKind::end) return "the end of the query";
  return (token.kind == TokenKind::string ? "the string '" : "'") + shortened(token.text) + "'";
}

Error bad_query(std::size_t position, std::string sentence) {
  Error error = invalid("bad_query", std::move(sentence), "query");
  error.position = position;
  return error;
}

Error expected(std::size_t position, const std::string& what, const std::string& found) {
  return bad_query(position, "Expected " + what + ", found " + found + " at " + std::to_string(position) + ".");
}

Result<Token> Lexer::next() {
  at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size());
  const std::size_t start = at_;
  const auto token = [&](TokenKind kind, std::size_t length) {
    at_ += length;
    return Token{kind, start, std::string(text_.substr(start, length))};
  };
  if (at_ == text_.size()) return token(TokenKind::end, 0);
  const std::string_view two = text_.substr(at_, 2);
  if (two == ">>") return token(TokenKind::chain, 2);
  if (two == "!=" || two == "<=" || two == ">=") return token(TokenKind::comparison, 2);
  switch (text_[at_]) {
    case '(':
      return token(TokenKind::open, 1);
    case ')':
      return token(TokenKind::close, 1);
    case ',':
      return token(TokenKind::comma, 1);
    case '=':
    case '<':
    case '>':
      return token(TokenKind::comparison, 1);
    case '"':
    case '\'':
      return string_token();
    case '!':
      return expected(at_, "'!='", "'!' alone");
    default:
      return word_token();
  }
}

Result<Token> Lexer::word_token() {
  Token token{TokenKind::word, at_, ""};
  const std::string_view word = text_.substr(at_, text_.find_first_of(kWordEnds, at_) - at_);
  if (const auto odd = find_odd_character(word))
    return expected(at_ + odd->offset, std::string(odd->in_place), odd->name);
  token.text = word;
  at_ += word.size();
  return token;
}

Result<Token> Lexer::string_token() {
  Token token{TokenKind::string, at_, ""};
  const char quote = text_[at_++];
  const char ends[] = {quote, '\\'};
  for (;;) {
    const std::size_t plain = std::min(text_.find_first_of(std::string_view(ends, 2), at_), text_.size()) - at_;
    token.text += text_.substr(at_, plain);
    at_ += plain;
    // A backslash at the very end escapes nothing: the string is not closed.
    if (at_ == text_.size() || (text_[at_] == '\\' && at_ + 1 == text_.size())) {
      return bad_query(token.position, "Expected a closing " + std::string(1, quote) +
                                           " for the string that begins at " + std::to_string(token.position) +
                                           ", found the end of the query.");
    }
    if (text_[at_] == quote) break;
    CHOREO_ASSIGN(const std::string character, escape());
    token.text += character;
  }
  ++at_;
  return token;
}

// The escapes are JSON's, and \' besides: JSON's reader says what they mean.
Result<std::string> Lexer::escape() {
  const std::size_t start = at_;
  if (text_.substr(start, 2) == "\\'") {
    at_ += 2;
    return std::string("'");
  }
  std::string_view escape = text_.substr(start, text_[start + 1] == 'u' ? 6 : 2);
  if (starts_high_surrogate(escape) && text_.substr(start + 6, 2) == "\\u") escape = text_.substr(start, 12);
  const Result<std::string> character = json::canonicalize("\"" + std::string(escape) + "\"");
  if (!character.ok()) {
    return expected(start, R"(\" \' \\ \/ \b \f \n \r \t or \uXXXX, surrogates in pairs)",
                    "'" + shortened(text_.substr(start), escape.size(), "") + "'");
  }
  at_ += escape.size();
  return json::unquote(*character);
}

}  // namespace choreo::eoql
