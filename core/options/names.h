// Every documented setting of every program: what docs/configuration.md lists, and what a settings file may name.
//
// Invariants: names are unique; a test holds this table and docs/configuration.md against each other in
// both directions, and OptionSet::parse refuses a program whose own settings differ from it. Thread-safety: constants.
#pragma once

#include <span>
#include <string_view>

namespace choreo::options {

struct Setting {
  std::string_view name;       // "CHOREO_PORT"
  std::string_view fallback;   // the default, as the documentation writes it
  std::string_view allowed;    // "1..65535", "debug, info, warning, error", or what the text must be
  std::string_view unit;       // "ms", "bytes", or "" where there is none
  std::string_view processes;  // who reads it
};

std::span<const Setting> documented_settings();

// Null if there is no such setting.
const Setting* find_setting(std::string_view name);

}  // namespace choreo::options
