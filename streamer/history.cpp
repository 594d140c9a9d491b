#include "streamer/history.h"

#include <malloc.h>

#include <utility>

#include "streamer/limits.h"
#include "streamer/open_logs.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kEventOverhead = sizeof(Event) + 64;  // allocation headers, pointers to it

std::string log_key(const std::string& slug, const std::string& epoch) {
  return slug + "/" + epoch;
}

std::string read_key(const std::string& slug, const std::string& epoch, std::int64_t after, History::Use use) {
  return log_key(slug, epoch) + (use == History::Use::filter ? "/filter/" : "/") + std::to_string(after);
}

void scan(const Page& page) {
  if (page.scanned.load(std::memory_order_acquire)) return;
  for (const EventPtr& event : page.events) event->facts();
  page.scanned.store(true, std::memory_order_release);
}

PagePtr encode_page(std::int64_t after, const std::vector<Operation>& operations) {
  auto page = std::make_shared<Page>();
  page->after = after;
  page->events.reserve(operations.size());
  std::string json;
  for (const Operation& operation : operations) {
    json.clear();
    append_json(json, operation);
    page->events.push_back(std::make_shared<const Event>(operation.id, json));
    page->bytes += page->events.back()->text().size() + kEventOverhead;
  }
  return page;
}

}  // namespace

// What is left to find, from `before` downwards.
struct History::TailSearch {
  Tail tail;
  std::weak_ptr<const void> owner;
  TailDone done;
  std::int64_t before = 0;  // operations above are counted

  // Looks at one window of the log. A start, or nothing while the search must go on.
  Result<std::optional<std::int64_t>> step(OpenLogs& logs);
};

Result<std::optional<std::int64_t>> History::TailSearch::step(OpenLogs& logs) {
  const std::int64_t low = std::max<std::int64_t>(0, before - kPageOperations);
  std::vector<std::int64_t> matching;
  std::string json;
  for (std::int64_t at = low; at < before;) {
    CHOREO_ASSIGN(const auto operations, logs.page(tail.slug, tail.epoch, at, kPageOperations, kPageBytes));
    if (operations.empty()) break;
    for (const Operation& operation : operations) {
      at = operation.id;
      if (at > before) break;
      json.clear();
      append_json(json, operation);
      if (tail.filter.matches(facts_of(json))) matching.push_back(at);
    }
  }
  const auto found = static_cast<std::int64_t>(matching.size());
  if (found >= tail.count) return std::optional(matching[static_cast<std::size_t>(found - tail.count)] - 1);
  tail.count -= found;
  before = low;
  return before == 0 ? std::optional<std::int64_t>(0) : std::nullopt;
}

History::History(log::Instances instances, Clock& clock, int threads)
    : instances_(std::move(instances)), clock_(clock), cache_(kPageCacheBytes, clock) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(jobs_); });
  for (int i = 0; i < kScanThreads; ++i) threads_.emplace_back([this] { run(scans_); });
}

History::~History() {
  stop();
}

void History::stop() {
  jobs_.stop();
  scans_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void History::run(JobQueue& jobs) {
  OpenLogs logs(instances_, clock_);
  while (!jobs.stopped()) {
    if (auto job = jobs.take(kReaderIdleMs)) (*job)(logs);
    logs.close_idle();
    drop_idle_pages();
  }
}

void History::drop_idle_pages() {
  {
    const std::lock_guard lock(mutex_);
    if (!cache_.drop_idle()) return;
  }
  // Pages are thousands of small allocations, which the allocator would keep for ever.
  ::malloc_trim(0);
}

void History::head(const std::string& slug, HeadDone done) {
  jobs_.push([slug, done = std::move(done)](OpenLogs& logs) { done(logs.head(slug)); }, true);
}

PagePtr History::cached(const std::string& slug, const std::string& epoch, std::int64_t after, Use use) {
  const std::lock_guard lock(mutex_);
  PagePtr page = cache_.find(log_key(slug, epoch), after);
  return page != nullptr && use == Use::filter && !page->scanned.load(std::memory_order_acquire) ? nullptr : page;
}

void History::page(const std::string& slug, const std::string& epoch, std::int64_t after, Use use, PageDone done) {
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, first] = waiting_.try_emplace(read_key(slug, epoch, after, use));
    entry->second.push_back(std::move(done));
    if (!first) return;
  }
  (use == Use::filter ? scans_ : jobs_)
      .push([this, slug, epoch, after, use](OpenLogs& logs) { read_page(logs, slug, epoch, after, use); }, false);
}

void History::forget(const std::string& slug, const std::string& epoch) {
  const std::lock_guard lock(mutex_);
  ++forgets_;
  cache_.forget(log_key(slug, epoch));
}

std::uint64_t History::forgotten() {
  const std::lock_guard lock(mutex_);
  return forgets_;
}

// Read and encoded before, where it was for others that do not look at it.
Result<PagePtr> History::find_page(OpenLogs& logs, const std::string& slug, const std::string& epoch,
                                   std::int64_t after, Use use) {
  if (use == Use::filter)
    if (PagePtr known = cached(slug, epoch, after, Use::send)) return known;
  CHOREO_ASSIGN(const auto operations, logs.page(slug, epoch, after, kPageOperations, kPageBytes));
  return encode_page(after, operations);
}

void History::read_page(OpenLogs& logs, const std::string& slug, const std::string& epoch, std::int64_t after,
                        Use use) {
  const std::uint64_t forgets = forgotten();
  const Result<PagePtr> result = find_page(logs, slug, epoch, after, use);
  if (result.ok() && use == Use::filter) scan(**result);
  std::vector<PageDone> waiting;
  {
    std::unique_lock lock(mutex_);
    if (forgets_ != forgets) {
      lock.unlock();
      return read_page(logs, slug, epoch, after, use);
    }
    if (result.ok()) cache_.insert(log_key(slug, epoch), *result);
    const auto entry = waiting_.find(read_key(slug, epoch, after, use));
    waiting = std::move(entry->second);
    waiting_.erase(entry);
  }
  for (const PageDone& done : waiting) done(result);
}

void History::tail(Tail tail, std::weak_ptr<const void> owner, TailDone done) {
  const std::int64_t head = tail.head;
  queue_search(std::make_shared<TailSearch>(TailSearch{std::move(tail), std::move(owner), std::move(done), head}));
}

void History::queue_search(std::shared_ptr<TailSearch> search) {
  const auto job = [this, search = std::move(search)](OpenLogs& logs) {
    if (search->owner.expired()) return;
    auto start = search->step(logs);
    if (!start.ok())
      search->done(std::move(start).error());
    else if (*start)
      search->done(**start);
    else
      queue_search(search);
  };
  scans_.push(job, false);
}

}  // namespace choreo::streamer
