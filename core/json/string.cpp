#include "json/string.h"

#include "json/utf8.h"

namespace choreo::json {

void append_escape(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += c;
      return;
    case '\b':
      out += 'b';
      return;
    case '\f':
      out += 'f';
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      out += "u00";
      out += kHex[(c >> 4) & 0xF];
      out += kHex[c & 0xF];
  }
}

namespace {

void append_escaped(std::string& out, std::string_view utf8) {
  std::size_t start = 0;
  std::size_t at = 0;
  while ((at = skip_plain(utf8, at)) < utf8.size()) {
    if (static_cast<unsigned char>(utf8[at]) < 0x80) {
      out.append(utf8, start, at - start);
      append_escape(out, utf8[at]);
      start = at + 1;
    }
    ++at;
  }
  out.append(utf8, start);
}

char hex_value(char digit) {
  return static_cast<char>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

}  // namespace

void append_string(std::string& out, std::string_view utf8) {
  out += '"';
  append_escaped(out, utf8);
  out += '"';
}

std::string quote(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() + 2);
  append_string(out, utf8);
  return out;
}

std::string unquote(std::string_view text) {
  return text.size() < 2 ? std::string() : unescape(text.substr(1, text.size() - 2));
}

std::string unescape(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  std::size_t at = 0;
  for (;;) {
    const std::size_t backslash = inner.find('\\', at);
    out.append(inner, at, backslash - at);
    if (backslash == std::string_view::npos || backslash + 1 >= inner.size()) return out;
    const char c = inner[backslash + 1];
    at = backslash + 2;
    switch (c) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':  // canonical text has no other \u than \u00xx
        if (inner.size() - at < 4) return out;
        out += static_cast<char>(hex_value(inner[at + 2]) << 4 | hex_value(inner[at + 3]));
        at += 4;
        break;
      default:
        out += c;
    }
  }
}

std::string escape_key(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  append_escaped(out, utf8);
  return out;
}

}  // namespace choreo::json
