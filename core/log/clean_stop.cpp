#include "log/clean_stop.h"

#include <algorithm>

#include "base/clock.h"
#include "sqlite/write_ahead_log.h"

namespace choreo::log {
namespace {

constexpr int kWaitMs = 500;  // for those who use one instance

Result<bool> empty(const Instances& instances, const std::string& slug, int wait_ms) {
  CHOREO_ASSIGN(const InstanceLock lock, InstanceLock::acquire(instances, slug));
  CHOREO_ASSIGN([[maybe_unused]] const FileIdentity there, instances.identity(slug));
  if (sqlite::log_bytes(instances.db_path(slug)) == 0) return true;
  return sqlite::empty_log(instances.db_path(slug), wait_ms);
}

}  // namespace

std::int64_t empty_logs(const Instances& given) {
  Instances instances = given;
  instances.wait_for_locks(kWaitMs);
  const std::int64_t until = system_clock().steady_ms() + kCleanStopMs;
  const Result<std::vector<std::string>> slugs = instances.list();
  if (!slugs.ok()) return 0;
  return std::count_if(slugs->begin(), slugs->end(), [&](const std::string& slug) {
    if (sqlite::log_bytes(instances.db_path(slug)) == 0) return false;
    const std::int64_t left = until - system_clock().steady_ms();
    if (left <= 0) return true;
    const Result<bool> emptied = empty(instances, slug, static_cast<int>(std::min<std::int64_t>(left, kWaitMs)));
    return !emptied.ok() || !*emptied;
  });
}

}  // namespace choreo::log
