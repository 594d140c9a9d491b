#include "json/scan.h"

#include <array>

namespace choreo::json {
namespace {

// The bytes that matter between an opening bracket and its partner.
constexpr std::array<bool, 256> kStructural = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {'"', '{', '}', '[', ']'}) table[c] = true;
  return table;
}();

// The offset just past the string whose opening quote is at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  std::size_t quote = at;
  for (;;) {
    quote = text.find('"', quote + 1);
    if (quote == std::string_view::npos) return text.size();
    // A quote is escaped if an odd number of backslashes precedes it.
    std::size_t backslashes = 0;
    while (quote - backslashes > at + 1 && text[quote - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote + 1;
  }
}

// The offset just past the array or object whose opening bracket is at `at`.
std::size_t skip_container(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (;;) {
    while (at < text.size() && !kStructural[static_cast<unsigned char>(text[at])]) ++at;
    if (at >= text.size()) return text.size();
    switch (text[at]) {
      case '"':
        at = skip_string(text, at);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      default:
        if (--depth == 0) return at + 1;
    }
    ++at;
  }
}

// A number or a literal ends where its container goes on.
std::size_t skip_scalar(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != ',' && text[at] != '}' && text[at] != ']') ++at;
  return at;
}

// Where the entry after the one that ends at `next` starts; the end of the text after the last.
std::size_t following(std::string_view text, std::size_t next) {
  return next < text.size() && text[next] == ',' ? next + 1 : text.size();
}

// Where the first entry of a container starts, given the offset after its bracket.
std::size_t first(std::string_view text, std::size_t at) {
  const bool empty = at >= text.size() || text[at] == '}' || text[at] == ']';
  return empty ? text.size() : at;
}

}  // namespace

Kind kind_of(std::string_view value) {
  if (value.empty()) return Kind::null;
  switch (value.front()) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  switch (text[at]) {
    case '"':
      return skip_string(text, at);
    case '{':
    case '[':
      return skip_container(text, at);
    default:
      return skip_scalar(text, at);
  }
}

Members::iterator::iterator(std::string_view text, std::size_t at) : text_(text), at_(first(text, at)), next_(at_) {
  read();
}

void Members::iterator::read() {
  if (at_ >= text_.size()) return;
  const std::size_t colon = skip_string(text_, at_);
  if (colon >= text_.size()) {  // this is no canonical text: there is nothing more
    at_ = next_ = text_.size();
    return;
  }
  next_ = skip_value(text_, colon + 1);
  member_ = {text_.substr(at_ + 1, colon - at_ - 2), text_.substr(colon + 1, next_ - colon - 1)};
}

Members::iterator& Members::iterator::operator++() {
  at_ = following(text_, next_);
  read();
  return *this;
}

Elements::iterator::iterator(std::string_view text, std::size_t at) : text_(text), at_(first(text, at)), next_(at_) {
  read();
}

void Elements::iterator::read() {
  if (at_ >= text_.size()) return;
  next_ = skip_value(text_, at_);
  element_ = text_.substr(at_, next_ - at_);
}

Elements::iterator& Elements::iterator::operator++() {
  at_ = following(text_, next_);
  read();
  return *this;
}

std::optional<std::string_view> find(std::string_view object, std::string_view key) {
  std::optional<std::string_view> found;
  for (const Member& member : members(object)) {
    if (member.key == key) found = member.value;
  }
  return found;
}

}  // namespace choreo::json
