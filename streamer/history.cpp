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

std::string read_key(const std::string& slug, const std::string& epoch, std::int64_t after) {
  return log_key(slug, epoch) + "/" + std::to_string(after);
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
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

History::~History() {
  stop();
}

void History::stop() {
  jobs_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void History::run() {
  OpenLogs logs(instances_, clock_);
  while (!jobs_.stopped()) {
    if (auto job = jobs_.take(kReaderIdleMs)) (*job)(logs);
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

PagePtr History::cached(const std::string& slug, const std::string& epoch, std::int64_t after) {
  const std::lock_guard lock(mutex_);
  return cache_.find(log_key(slug, epoch), after);
}

void History::page(const std::string& slug, const std::string& epoch, std::int64_t after, PageDone done) {
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, first] = waiting_.try_emplace(read_key(slug, epoch, after));
    entry->second.push_back(std::move(done));
    if (!first) return;
  }
  jobs_.push([this, slug, epoch, after](OpenLogs& logs) { read_page(logs, slug, epoch, after); }, false);
}

void History::read_page(OpenLogs& logs, const std::string& slug, const std::string& epoch, std::int64_t after) {
  auto operations = logs.page(slug, epoch, after, kPageOperations, kPageBytes);
  Result<PagePtr> result = operations.ok() ? Result<PagePtr>(encode_page(after, *operations)) : operations.error();
  std::vector<PageDone> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (result.ok()) cache_.insert(log_key(slug, epoch), *result);
    const auto entry = waiting_.find(read_key(slug, epoch, after));
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
  jobs_.push(job, false);
}

}  // namespace choreo::streamer
