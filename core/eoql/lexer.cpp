#include "eoql/lexer.h"

#include <algorithm>

namespace choreo::eoql {
namespace {

constexpr std::size_t kShownBytes = 40;
constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kWordEnds = " \t\r\n\"'(),=!<>";

void append_utf8(std::string& out, unsigned c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

}  // namespace

std::string shown(const Token& token) {
  if (token.kind == TokenKind::end) return "the end of the query";
  const std::string text = token.text.size() <= kShownBytes ? token.text : token.text.substr(0, kShownBytes) + "…";
  return token.kind == TokenKind::string ? "the string \"" + text + "\"" : "'" + text + "'";
}

Error bad_query(std::size_t position, const std::string& message) {
  Error error = invalid("bad_query", "Query, at " + std::to_string(position) + ": " + message, "query");
  error.position = position;
  return error;
}

Result<Token> Lexer::next() {
  at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size());
  const std::size_t start = at_;
  const auto token = [&](TokenKind kind, std::size_t length) {
    at_ += length;
    return Token{kind, start, std::string(text_.substr(start, length))};
  };
  if (at_ == text_.size()) return Token{TokenKind::end, at_, ""};
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
      return bad_query(at_, "'!' stands only before '='.");
    default:
      return token(TokenKind::word, std::min(text_.find_first_of(kWordEnds, at_), text_.size()) - at_);
  }
}

Result<Token> Lexer::string_token() {
  Token token{TokenKind::string, at_, ""};
  const char quote = text_[at_++];
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] != '\\') {
      token.text += text_[at_++];
      continue;
    }
    CHOREO_ASSIGN(const std::string character, escape());
    token.text += character;
  }
  if (at_ == text_.size())
    return bad_query(token.position, std::string("the string that begins here has no closing ") + quote + ".");
  ++at_;
  return token;
}

Result<unsigned> Lexer::hex4() {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : ' ';
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return bad_query(at_, "\\u takes four hexadecimal digits.");
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return value;
}

Result<std::string> Lexer::escape() {
  const std::size_t start = at_++;
  const char c = at_ < text_.size() ? text_[at_++] : ' ';
  static constexpr std::string_view kFrom = "\"'\\/bfnrt", kTo = "\"'\\/\b\f\n\r\t";
  if (const std::size_t i = kFrom.find(c); i != std::string_view::npos) return std::string(1, kTo[i]);
  if (c != 'u') return bad_query(start, "the escapes are \\\" \\' \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX.");
  CHOREO_ASSIGN(unsigned code, hex4());
  if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    CHOREO_ASSIGN(const unsigned low, hex4());
    if (low < 0xdc00 || low > 0xdfff) return bad_query(start, "a high surrogate needs a low one after it.");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  if (code >= 0xd800 && code < 0xe000) return bad_query(start, "a surrogate stands alone.");
  std::string out;
  append_utf8(out, code);
  return out;
}

}  // namespace choreo::eoql
