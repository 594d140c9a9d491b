// The tokens of EOQL.
// Thread-safety: one thread. The text must outlive the lexer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::eoql {

enum class TokenKind { word, string, open, close, comma, chain, comparison, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t position = 0;
  std::string text;  // a word or comparison as written, a string's content (UTF-8)
};

// A token as an error message shows it.
std::string shown(const Token& token);

Error bad_query(std::size_t position, const std::string& message);

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  // The next token; `end` from then on. Errors: an unterminated string, an unknown escape.
  Result<Token> next();

 private:
  Result<Token> string_token();
  Result<std::string> escape();
  Result<unsigned> hex4();
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace choreo::eoql
