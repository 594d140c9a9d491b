#include <charconv>

#include "control/store_impl.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::control {

std::string encode_strings(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    json::append_string(out, value);
  }
  return out + "]";
}

std::vector<std::string> decode_strings(std::string_view array) {
  std::vector<std::string> values;
  for (std::string_view element : json::elements(array)) values.push_back(json::unquote(element));
  return values;
}

std::string encode_integers(const std::vector<std::int64_t>& values) {
  std::string out = "[";
  for (std::int64_t value : values) {
    if (out.size() > 1) out += ',';
    out += std::to_string(value);
  }
  return out + "]";
}

std::vector<std::int64_t> decode_integers(std::string_view array) {
  std::vector<std::int64_t> values;
  for (std::string_view element : json::elements(array)) {
    std::int64_t value = 0;
    std::from_chars(element.data(), element.data() + element.size(), value);
    values.push_back(value);
  }
  return values;
}

std::string encode_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string out = "[";
  for (const auto& [name, value] : headers) {
    if (out.size() > 1) out += ',';
    out += encode_strings({name, value});
  }
  return out + "]";
}

std::vector<std::pair<std::string, std::string>> decode_headers(std::string_view array) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (std::string_view element : json::elements(array)) {
    std::vector<std::string> pair = decode_strings(element);
    if (pair.size() == 2) headers.emplace_back(std::move(pair[0]), std::move(pair[1]));
  }
  return headers;
}

}  // namespace choreo::control
