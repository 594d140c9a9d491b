// Names of the ZeroMQ sockets and topics; they stand here and nowhere else. Layouts: docs/wire.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace choreo::wire {

// Sockets, in the run directory (ipc).
inline std::string intake_endpoint(const std::string& run_dir) {
  return "ipc://" + run_dir + "/broker-in.ipc";
}
inline std::string relay_endpoint(const std::string& run_dir) {
  return "ipc://" + run_dir + "/broker-out.ipc";
}

// Topics of the relay: first frame of every message. An instance's topic ends with a NUL-free terminator so that no
// slug is a prefix of another's topic.
inline std::string instance_topic(const std::string& slug) {
  return "i/" + slug + "/";
}
// The slug of an instance's topic; nothing for any other text. The slug's shape is not checked.
inline std::optional<std::string> slug_of_topic(std::string_view topic) {
  if (topic.size() < 4 || !topic.starts_with("i/") || topic.find('/', 2) != topic.size() - 1) return std::nullopt;
  return std::string(topic.substr(2, topic.size() - 3));
}
inline constexpr const char* kHeartbeatTopic = "h/";
inline constexpr const char* kWebhooksTopic = "w/";  // "registrations changed", of any instance

}  // namespace choreo::wire
