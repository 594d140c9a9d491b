#include "log/reader_pool.h"

namespace choreo::log {

std::optional<Reader> ReaderPool::take(const std::string& slug) {
  const std::lock_guard lock(mutex_);
  for (auto it = idle_.begin(); it != idle_.end(); ++it) {
    if (it->slug != slug) continue;
    std::optional<Reader> reader(std::move(it->reader));
    idle_.erase(it);
    return reader;
  }
  return std::nullopt;
}

Result<ReaderPool::Lease> ReaderPool::lease(const std::string& slug) {
  while (std::optional<Reader> reader = take(slug)) {
    Status current = reader->check();
    if (current.ok()) return Lease(*this, slug, std::move(*reader));
    if (current.error().kind != ErrorKind::gone) return std::move(current).error();
  }
  CHOREO_ASSIGN(Reader reader, Reader::open(instances_, slug));
  return Lease(*this, slug, std::move(reader));
}

std::optional<ReaderPool::Lease> ReaderPool::lease_idle(const std::string& slug) {
  std::optional<Reader> reader = take(slug);
  if (!reader) return std::nullopt;
  return Lease(*this, slug, std::move(*reader));
}

void ReaderPool::give_back(const std::string& slug, Reader reader) {
  std::optional<Reader> evicted;  // declared before the lock, so closed after its release
  const std::lock_guard lock(mutex_);
  idle_.push_front({slug, std::move(reader)});
  if (idle_.size() <= max_idle_) return;
  evicted = std::move(idle_.back().reader);
  idle_.pop_back();
}

}  // namespace choreo::log
