// FastCGI records as a web server sends them, for tests of the layer. Thread-safety: pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace choreo::fcgi_wire {

inline std::string record(int type, std::string_view content, int padding = 0, int id = 1, int version = 1) {
  std::string out;
  out += static_cast<char>(version);
  out += static_cast<char>(type);
  out += static_cast<char>(id >> 8);
  out += static_cast<char>(id & 0xff);
  out += static_cast<char>(content.size() >> 8);
  out += static_cast<char>(content.size() & 0xff);
  out += static_cast<char>(padding);
  out += '\0';
  return out.append(content).append(static_cast<std::size_t>(padding), '#');
}

inline std::string begin(int role = 1, int flags = 1) {
  return record(1, std::string{'\0', static_cast<char>(role), static_cast<char>(flags), 0, 0, 0, 0, 0});
}

inline std::string pair(std::string_view name, std::string_view value) {
  std::string out;
  for (const std::size_t size : {name.size(), value.size()}) {
    if (size > 127) {
      out += static_cast<char>(0x80 | size >> 24);
      out += static_cast<char>(size >> 16 & 0xff);
      out += static_cast<char>(size >> 8 & 0xff);
    }
    out += static_cast<char>(size & 0xff);
  }
  return out.append(name).append(value);
}

// Content of any length, in records.
inline std::string records(int type, std::string_view content) {
  std::string out;
  for (; !content.empty(); content.remove_prefix(std::min<std::size_t>(content.size(), 65000)))
    out += record(type, content.substr(0, 65000), 3);
  return out + record(type, "");
}

inline std::string request(std::string_view parameters, std::string_view body) {
  return begin() + records(4, parameters) + records(5, body);
}

}  // namespace choreo::fcgi_wire
