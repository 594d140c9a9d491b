// What a poll of log::HeadWatcher means now: one finding an instance, the last that it told.
// Thread-safety: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/reader.h"

namespace choreo::wire {

struct Observed {
  std::string slug;
  std::optional<log::Head> head;  // nothing: no such instance
  bool returned = false;          // the same log does, put back from a copy or without its end
};

std::vector<Observed> latest(const std::vector<log::HeadWatcher::Change>& changes);

// Reads one instance anew, whatever the watcher told before. Nothing if it cannot be read at the moment.
std::optional<Observed> observe_now(log::HeadWatcher& watcher, const log::Instances& instances,
                                    const std::string& slug);

}  // namespace choreo::wire
