// The tokens of EOQL.
// Thread-safety: one thread. The text must outlive the lexer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/text.h"

namespace choreo::eoql {

enum class TokenKind { word, string, open, close, comma, chain, comparison, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t position = 0;
  std::string text;  // a string's content (UTF-8), anything else as written
};

// A token as an error shows it, cut to a readable length.
std::string shown(const Token& token);

// `sentence`, found wrong at `position`.
Error bad_query(std::size_t position, std::string sentence);
// "Expected <what>, found <found> at <position>."
Error expected(std::size_t position, const std::string& what, const std::string& found);
inline Error expected(const std::string& what, const Token& found) {
  return expected(found.position, what, shown(found));
}

class Lexer {
 public:
  // REQUIRES: valid UTF-8.
  explicit Lexer(std::string_view text) : text_(text) {}
  // The next token; `end` from then on. Errors: an unterminated string, an unknown escape, a '!' without its '=', an
  // odd character (odd_characters.h).
  Result<Token> next();

 private:
  Result<Token> word_token();
  Result<Token> string_token();
  Result<std::string> escape();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace choreo::eoql
