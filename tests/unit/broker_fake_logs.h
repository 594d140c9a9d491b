// Logs that a test lets grow, fail and vanish; for sequencing, where only the order of answers matters.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/log_source.h"
#include "wire/message.h"

namespace choreo::test {

inline const std::string kOld(32, 'a');
inline const std::string kNew(32, 'b');

inline std::string record(std::int64_t id) {
  return "{\"id\":" + std::to_string(id) + "}";
}

inline wire::Message range(std::int64_t first, std::int64_t last, const std::string& epoch = kOld,
                           const std::string& slug = "demo") {
  wire::Message message{wire::MessageKind::committed, slug, epoch, first, last, {}};
  for (std::int64_t id = first; id <= last; ++id) message.records.push_back(record(id));
  return message;
}

class FakeLogs : public broker::LogSource {
 public:
  std::map<std::string, log::Head> heads = {{"demo", {kOld, 0}}};
  std::optional<Error> failure;         // of every call
  std::int64_t page_operations = 1000;  // at most
  std::size_t record_bytes = 0;         // of each record that is fetched; 0: as record()
  int head_calls = 0;
  int page_calls = 0;

  Result<log::Head> head(const std::string& slug) override {
    ++head_calls;
    if (failure.has_value()) return *failure;
    const auto found = heads.find(slug);
    if (found == heads.end()) return log::unknown_instance(slug);
    return found->second;
  }

  Result<std::vector<std::string>> page(const std::string& slug, const std::string& epoch, std::int64_t after,
                                        std::int64_t last) override {
    ++page_calls;
    if (failure.has_value()) return *failure;
    const auto found = heads.find(slug);
    if (found == heads.end() || found->second.epoch != epoch)
      return make_error(ErrorKind::gone, "instance_gone", "gone");
    const std::int64_t end = std::min({last, found->second.last_id, after + page_operations});
    std::vector<std::string> records;
    for (std::int64_t id = after + 1; id <= end; ++id)
      records.push_back(record_bytes == 0 ? record(id) : std::string(record_bytes, 'r'));
    return records;
  }

  void close(const std::string& slug) override { closed.push_back(slug); }
  std::vector<std::string> closed;
};

// "1-3 4-4 gone(a)": what was emitted, the epoch's letter with gone; "!" marks a range without records.
inline std::string text(const std::vector<wire::Message>& messages) {
  std::string out;
  for (const wire::Message& m : messages) {
    if (!out.empty()) out += ' ';
    if (m.kind == wire::MessageKind::gone)
      out += "gone(" + m.epoch.substr(0, 1) + ")";
    else
      out += std::to_string(m.first_id) + "-" + std::to_string(m.last_id) + (m.records.empty() ? "!" : "");
  }
  return out;
}

}  // namespace choreo::test
