// What the control database needs when logs come back from a backup.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace choreo::control {

// The instance's webhooks belong to its log under another epoch now. path: a control database that nobody has open.
Status follow_epoch(const std::string& path, const std::string& instance, const std::string& old_epoch,
                    const std::string& new_epoch);

struct Replacement {
  std::string instance;
  std::string epoch;        // of the log that comes
  std::int64_t common = 0;  // how far it is the one that was there
  std::function<Status()> put;
  std::function<Status()> undo;
};

// Replaces an instance's log beneath its webhooks, also while servers run: puts it in its place, and takes the webhooks
// over to its epoch, in one transaction, so that no dispatcher meets a webhook without its log and removes it. A
// webhook that was beyond `common` goes on from there. Returns how many webhooks the instance has. Where an error
// comes, put() was undone.
Result<std::int64_t> keep_webhooks(const std::string& control_dir, const Replacement& replacement);

}  // namespace choreo::control
