// Building JSON objects member by member. Internal to core/control.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/timestamp.h"
#include "json/string.h"

namespace choreo::control {

class JsonObject {
 public:
  JsonObject& raw(std::string_view name, std::string_view json) {
    if (out_.size() > 1) out_ += ',';
    out_.append("\"").append(name).append("\":").append(json);
    return *this;
  }
  JsonObject& text(std::string_view name, std::string_view value) { return raw(name, json::quote(value)); }
  JsonObject& text_or_null(std::string_view name, std::string_view value) {
    return raw(name, value.empty() ? "null" : json::quote(value));
  }
  JsonObject& integer(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  // 0: null.
  JsonObject& time(std::string_view name, std::int64_t ms) {
    return text_or_null(name, ms == 0 ? std::string() : format_timestamp(ms));
  }
  std::string done() const { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

}  // namespace choreo::control
