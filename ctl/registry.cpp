#include <charconv>
#include <utility>

#include "ctl/command.h"
#include "ctl/exit_codes.h"

namespace choreo::ctl {
namespace {

// Made when the first command registers: the order in which static objects are made is not known.
std::map<std::string, Command>& registry() {
  static std::map<std::string, Command> all;
  return all;
}

}  // namespace

const std::map<std::string, Command>& commands() {
  return registry();
}

Register::Register(Command command) {
  std::string name = command.name;
  registry().emplace(std::move(name), std::move(command));
}

std::optional<std::string> Arguments::value(const std::string& name) const {
  const auto found = options.find(name);
  if (found == options.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::string Arguments::value_or(const std::string& name, std::string fallback) const {
  return value(name).value_or(std::move(fallback));
}

Result<std::int64_t> Arguments::number(const std::string& name, std::int64_t fallback, std::int64_t min,
                                       std::int64_t max) const {
  const std::optional<std::string> text = value(name);
  if (!text) return fallback;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < min || number > max)
    return bad_usage("--" + name + ": the value '" + *text + "' is not allowed; allowed: " + std::to_string(min) +
                     ".." + std::to_string(max));
  return number;
}

}  // namespace choreo::ctl
