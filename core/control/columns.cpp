#include <charconv>

#include "control/store_impl.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::control {
namespace {

constexpr std::size_t kMaxDepth = 2;

// The file may be damaged, and other programs can write to it: what is read as canonical is made so first.
Result<std::string> checked_array(std::string_view array) {
  Result<std::string> canonical = json::canonicalize(array, kMaxDepth);
  if (canonical.ok() && json::is_array(*canonical)) return canonical;
  return damaged_column();
}

Result<std::vector<std::string>> strings_of(std::string_view array) {
  std::vector<std::string> values;
  if (!json::is_array(array)) return damaged_column();
  for (const std::string_view element : json::elements(array)) {
    if (!json::is_string(element)) return damaged_column();
    values.push_back(json::unquote(element));
  }
  return values;
}

}  // namespace

Error damaged_column() {
  return make_error(ErrorKind::unavailable, "corrupt",
                    "a list in .control/control.db is damaged; restore the file from a backup");
}

std::string encode_strings(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    json::append_string(out, value);
  }
  return out + "]";
}

Result<std::vector<std::string>> decode_strings(std::string_view array) {
  CHOREO_ASSIGN(const std::string canonical, checked_array(array));
  return strings_of(canonical);
}

std::string encode_integers(const std::vector<std::int64_t>& values) {
  std::string out = "[";
  for (std::int64_t value : values) {
    if (out.size() > 1) out += ',';
    out += std::to_string(value);
  }
  return out + "]";
}

Result<std::vector<std::int64_t>> decode_integers(std::string_view array) {
  CHOREO_ASSIGN(const std::string canonical, checked_array(array));
  std::vector<std::int64_t> values;
  for (const std::string_view element : json::elements(canonical)) {
    std::int64_t value = 0;
    const char* const end = element.data() + element.size();
    if (const auto [stop, error] = std::from_chars(element.data(), end, value); error != std::errc() || stop != end)
      return damaged_column();
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

Result<std::vector<std::pair<std::string, std::string>>> decode_headers(std::string_view array) {
  CHOREO_ASSIGN(const std::string canonical, checked_array(array));
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string_view element : json::elements(canonical)) {
    CHOREO_ASSIGN(std::vector<std::string> pair, strings_of(element));
    if (pair.size() != 2) return damaged_column();
    headers.emplace_back(std::move(pair[0]), std::move(pair[1]));
  }
  return headers;
}

}  // namespace choreo::control
