#include <sys/stat.h>

#include <map>
#include <optional>

#include "base/clock.h"
#include "base/text_map.h"
#include "log/reader.h"

namespace choreo::log {
namespace {

// Modification times advance with the kernel's tick: a write in the same tick as our look would not show later.
constexpr std::int64_t kSettleMs = 50;

struct Stamp {
  std::int64_t file_ns = 0;
  std::int64_t wal_ns = 0;
  std::int64_t wal_size = 0;
  FileIdentity file;
  bool operator==(const Stamp&) const = default;
  std::int64_t newest_ms() const { return std::max(file_ns, wal_ns) / 1000000; }
};

std::int64_t ns_of(const struct stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec;
}

std::optional<Stamp> stamp_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  Stamp stamp;
  stamp.file = {info.st_dev, info.st_ino};
  stamp.file_ns = ns_of(info);
  if (stat((path + "-wal").c_str(), &info) == 0) {
    stamp.wal_ns = ns_of(info);
    stamp.wal_size = info.st_size;
  }
  return stamp;
}

}  // namespace

struct HeadWatcher::Impl {
  explicit Impl(Instances where) : instances(std::move(where)) {}

  struct Known {
    Stamp stamp;
    bool settled = false;  // the stamp was old enough when the head was read
    bool absent = false;   // reported as gone
    Head head;
    bool reported = false;
  };
  Instances instances;
  TextMap<Known> known;

  void look(const std::string& slug, bool again, std::vector<Change>& changes);
};

void HeadWatcher::Impl::look(const std::string& slug, bool again, std::vector<Change>& changes) {
  Known& was = known[slug];
  const std::int64_t now_ms = system_clock().wall_ms();  // before the stamp is read: what follows may take its time
  const std::optional<Stamp> stamp = stamp_of(instances.db_path(slug));
  if (!stamp) {
    if (!was.absent || again) changes.push_back({slug, true, was.head});
    was = Known{};
    was.absent = true;
    return;
  }
  if (!again && was.reported && was.settled && was.stamp == *stamp) return;
  // A reader is opened for the look only: watching a thousand instances must not hold three thousand descriptors.
  Result<Reader> reader = Reader::open(instances, slug);
  if (!reader.ok()) return;
  Result<Head> head = reader->head();
  if (!head.ok()) return;
  const bool replaced = was.reported && was.head.epoch != head->epoch;
  if (replaced) changes.push_back({slug, true, was.head});
  const bool returned =
      was.reported && !replaced && (was.stamp.file != stamp->file || head->last_id < was.head.last_id);
  if (again || !was.reported || replaced || returned || was.head.last_id != head->last_id)
    changes.push_back({slug, false, *head, returned});
  was = Known{*stamp, now_ms - stamp->newest_ms() > kSettleMs, false, std::move(*head), true};
}

HeadWatcher::HeadWatcher(Instances instances) : impl_(std::make_unique<Impl>(std::move(instances))) {}
HeadWatcher::HeadWatcher(HeadWatcher&&) noexcept = default;
HeadWatcher::~HeadWatcher() = default;

std::vector<HeadWatcher::Change> HeadWatcher::poll(const std::vector<std::string>& slugs) {
  std::vector<Change> changes;
  for (const std::string& slug : slugs) impl_->look(slug, false, changes);
  return changes;
}

std::vector<HeadWatcher::Change> HeadWatcher::look_again(const std::string& slug) {
  std::vector<Change> changes;
  impl_->look(slug, true, changes);
  return changes;
}

void HeadWatcher::forget(const std::string& slug) {
  impl_->known.erase(slug);
}

}  // namespace choreo::log
