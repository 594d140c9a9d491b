#include "streamer/open_logs.h"

#include <algorithm>

#include "streamer/limits.h"

namespace choreo::streamer {
namespace {

// A reader may have been opened before the instance was made anew: once more with a fresh one.
constexpr int kAttempts = 2;

Error instance_gone(const std::string& slug) {
  return make_error(ErrorKind::gone, "instance_gone", "The instance " + slug + " was deleted.");
}

}  // namespace

Result<OpenLogs::Open*> OpenLogs::get(const std::string& slug) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.slug == slug; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    found->used_ms = clock_.steady_ms();
    return &*found;
  }
  CHOREO_ASSIGN(log::Reader reader, log::Reader::open(instances_, slug));
  CHOREO_ASSIGN(const log::Head head, reader.head());
  open_.push_front(Open{slug, head.epoch, std::move(reader), clock_.steady_ms()});
  if (open_.size() > kReadersPerThread) open_.pop_back();
  return &open_.front();
}

void OpenLogs::close(const std::string& slug) {
  open_.remove_if([&](const Open& open) { return open.slug == slug; });
}

void OpenLogs::close_idle() {
  const std::int64_t limit = clock_.steady_ms() - kReaderIdleMs;
  open_.remove_if([&](const Open& open) { return open.used_ms <= limit; });
}

Result<log::Head> OpenLogs::head(const std::string& slug) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CHOREO_ASSIGN(Open * open, get(slug));
    Result<log::Head> head = open->reader.head();
    if (head.ok() || head.error().kind != ErrorKind::gone) return head;
    close(slug);
  }
  return instance_gone(slug);
}

Result<std::vector<Operation>> OpenLogs::page(const std::string& slug, const std::string& epoch, std::int64_t after,
                                              int limit, std::size_t max_bytes) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CHOREO_ASSIGN(Open * open, get(slug));
    if (open->epoch == epoch) {
      auto operations = open->reader.page(after, limit, max_bytes);
      if (operations.ok() || operations.error().kind != ErrorKind::gone) return operations;
    }
    close(slug);
  }
  return instance_gone(slug);
}

}  // namespace choreo::streamer
