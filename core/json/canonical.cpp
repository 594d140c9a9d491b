#include "json/canonical.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "base/text.h"
#include "json/string.h"
#include "json/utf8.h"

namespace choreo::json {
namespace {

constexpr int kEnd = -1;  // what peek() sees past the last byte

// How an error sentence shows what stands in the text.
std::string found(int c) {
  if (c == kEnd) return "the end of the text";
  if (c > 0x20 && c < 0x7F) return "'" + std::string(1, static_cast<char>(c)) + "'";
  constexpr char kHex[] = "0123456789ABCDEF";
  return std::string("byte 0x") + kHex[c >> 4] + kHex[c & 0xF];
}

// One pass over the text. What is canonical as it stands is not copied until something is not (white space, an escape
// with a shorter form): text_[copied_, at_) is read but not yet in out_.
// Every step returns false once error_ is set.
class Canonicalizer {
 public:
  Canonicalizer(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {
    out_.reserve(text.size());  // no canonical form is longer than what it stands for
  }

  Result<std::string> run() {
    if (!document()) return std::move(*error_);
    flush();
    return std::move(out_);
  }

 private:
  // Iterative, so that max_depth alone bounds the nesting, not the thread's stack.
  bool document() {
    do {
      skip_space();
      if (!start_value()) return false;
      while (!value_open_ && !open_.empty()) {
        if (!after_value()) return false;
      }
    } while (value_open_);
    skip_space();
    return peek() == kEnd || fail_json("the text goes on after its value with", peek());
  }

  // Reads a scalar or an empty container whole, or the opening of another up to where its first value is due.
  // Leaves value_open_ true if a value is due next.
  bool start_value() {
    value_open_ = false;
    switch (const int c = peek()) {
      case '{':
      case '[':
        return open(static_cast<char>(c));
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        if (c == '-' || is_digit(c)) return number();
        return fail_json("a value is due, not", c);
    }
  }

  bool open(char bracket) {
    if (open_.size() >= max_depth_) {
      return fail("too_deep", "Arrays and objects are nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    open_ += bracket;
    ++at_;
    skip_space();
    if (peek() == (bracket == '{' ? '}' : ']')) {
      ++at_;
      open_.pop_back();
      return true;
    }
    value_open_ = true;
    return bracket == '[' || key();
  }

  bool key() {
    if (peek() != '"') return fail_json("a member's name in double quotes is due, not", peek());
    if (!string()) return false;
    skip_space();
    if (peek() != ':') return fail_json("a colon is due after a member's name, not", peek());
    ++at_;
    return true;
  }

  bool after_value() {
    const bool in_object = open_.back() == '{';
    skip_space();
    const int c = peek();
    if (c == ',') {
      ++at_;
      value_open_ = true;
      if (!in_object) return true;
      skip_space();
      return key();
    }
    if (c != (in_object ? '}' : ']')) {
      return fail_json(in_object ? "a comma or '}' is due, not" : "a comma or ']' is due, not", c);
    }
    ++at_;
    open_.pop_back();
    return true;
  }

  bool literal(std::string_view word) {
    for (const char c : word) {
      if (peek() != c) return fail_json("only true, false and null are words, but here is", peek());
      ++at_;
    }
    return true;
  }

  bool number() {
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
      if (is_digit(peek())) return fail_json("a number has no leading zero, but after it is", peek());
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      return digits();
    }
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return fail_json("a digit is due in a number, not", peek());
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool string() {
    ++at_;
    for (;;) {
      at_ = skip_plain(text_, at_);
      const int c = peek();
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c >= 0x80) {
        const std::size_t length = utf8_sequence(text_, at_);
        if (length == 0) return fail_utf8("The text is not valid UTF-8");
        at_ += length;
      } else if (c == '\\') {
        if (!escape()) return false;
      } else if (c == kEnd) {
        return fail_json("a string is not closed before", c);
      } else {
        return fail_json("a control character in a string must be escaped, but here is", c);
      }
    }
  }

  bool escape() {
    const std::size_t start = at_++;
    switch (peek()) {
      case '"':
      case '\\':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        ++at_;
        return true;
      case '/':
        replace_from(start, 2);
        out_ += '/';
        return true;
      case 'u':
        return unicode_escape(start);
      default:
        return fail_json("an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u, not a backslash and", peek());
    }
  }

  bool unicode_escape(std::size_t start) {
    std::uint32_t code = 0;
    if (!hex4(start, code)) return false;
    std::size_t length = 6;
    if (code >= 0xD800 && code <= 0xDFFF) {
      std::uint32_t low = 0;
      const bool pair = code < 0xDC00 && text_.substr(start + length, 2) == "\\u";
      if (pair && !hex4(start + length, low)) return false;
      at_ = start;
      if (low < 0xDC00 || low > 0xDFFF) return fail_utf8("A \\u escape is half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      length = 12;
    }
    replace_from(start, length);
    if (code < 0x20 || code == '"' || code == '\\') {
      append_escape(out_, static_cast<char>(code));
    } else {
      append_utf8(out_, code);
    }
    return true;
  }

  // The four digits of the \u escape that starts at `start`.
  bool hex4(std::size_t start, std::uint32_t& code) {
    for (at_ = start + 2; at_ < start + 6; ++at_) {
      const int c = peek();
      const int letter = c | 0x20;
      if (!is_digit(c) && (c == kEnd || letter < 'a' || letter > 'f')) {
        return fail_json("\\u takes four hexadecimal digits, not", c);
      }
      code = code << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : letter - 'a' + 10);
    }
    return true;
  }

  static bool is_digit(int c) { return c >= '0' && c <= '9'; }

  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : kEnd; }

  void flush() {
    out_.append(text_, copied_, at_ - copied_);
    copied_ = at_;
  }

  // Leaves `length` bytes from start out of the copy and goes on behind them.
  void replace_from(std::size_t start, std::size_t length) {
    at_ = start;
    flush();
    at_ = copied_ = start + length;
  }

  void skip_space() {
    std::size_t end = at_;
    while (end < text_.size() &&
           (text_[end] == ' ' || text_[end] == '\n' || text_[end] == '\t' || text_[end] == '\r')) {
      ++end;
    }
    if (end != at_) replace_from(at_, end - at_);
  }

  bool fail_json(const char* what, int c) {
    return fail("bad_json", std::string("The text is not valid JSON: ") + what + " " + found(c));
  }

  bool fail_utf8(const char* what) { return fail("bad_utf8", what); }

  bool fail(const char* code, std::string sentence) {
    error_ = invalid(code, std::move(sentence) + ", at byte " + std::to_string(at_) + ".");
    error_->position = at_;
    return false;
  }

  const std::string_view text_;
  const std::size_t max_depth_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;
  bool value_open_ = false;
  std::string open_;  // the brackets not yet closed, outermost first
  std::string out_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::string> canonicalize(std::string_view text, std::size_t max_depth) {
  return Canonicalizer(text, max_depth).run();
}

}  // namespace choreo::json
