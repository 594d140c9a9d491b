// Reads logs for the streams, off their loops: a few threads, each with a few databases open.
//
// What a filter looks at (tails, pages of filtered streams) is read and taken apart by kScanThreads of its own: scans
// of whatever number take no more than those from the other streams, and take turns page by page. Invariants: what it
// hands out was committed; identical pages asked for at the same time are read once, and pages read lately are kept
// (PageCache). A callback is called once, on a reading thread, and not after stop(). Thread-safety: every function may
// be called from any thread; callbacks must not block.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/text_map.h"
#include "log/instances.h"
#include "log/reader.h"
#include "streamer/filter.h"
#include "streamer/job_queue.h"
#include "streamer/page.h"
#include "streamer/page_cache.h"

namespace choreo::streamer {

class History {
 public:
  using HeadDone = std::function<void(Result<log::Head>)>;
  using PageDone = std::function<void(Result<PagePtr>)>;
  using TailDone = std::function<void(Result<std::int64_t>)>;

  History(log::Instances instances, Clock& clock, int threads);
  ~History();
  void stop();

  // The log's epoch and head, read now.
  void head(const std::string& slug, HeadDone done);

  // The operations after that id: at least one, unless it is the head. Error gone/instance_gone where slug no longer
  // has that epoch; otherwise those of log::Reader.
  // For a filter the page is scanned.
  enum class Use { send, filter };
  void page(const std::string& slug, const std::string& epoch, std::int64_t after, Use use, PageDone done);
  // The same at once, if it is in memory; else null.
  PagePtr cached(const std::string& slug, const std::string& epoch, std::int64_t after, Use use);

  // Drops what was read of that log: it is another one under the same epoch. A read that has begun is made again.
  void forget(const std::string& slug, const std::string& epoch);

  // Where to start so that the last `count` operations up to head that pass the filter follow. Searches backwards, in
  // steps between which other work is done, and gives up once owner has expired.
  struct Tail {
    std::string slug;
    std::string epoch;
    std::int64_t head = 0;
    std::int64_t count = 0;
    Filter filter;
  };
  void tail(Tail tail, std::weak_ptr<const void> owner, TailDone done);

 private:
  struct TailSearch;

  void run(JobQueue& jobs);
  std::uint64_t forgotten();
  void drop_idle_pages();
  void read_page(OpenLogs& logs, const std::string& slug, const std::string& epoch, std::int64_t after, Use use);
  Result<PagePtr> find_page(OpenLogs& logs, const std::string& slug, const std::string& epoch, std::int64_t after,
                            Use use);
  void queue_search(std::shared_ptr<TailSearch> search);

  const log::Instances instances_;
  Clock& clock_;
  JobQueue jobs_;
  JobQueue scans_;
  std::mutex mutex_;
  // Guarded by mutex_.
  PageCache cache_;
  std::uint64_t forgets_ = 0;
  TextMap<std::vector<PageDone>> waiting_;  // by log and after: a read is on its way
  // Constant after construction, until stop().
  std::vector<std::thread> threads_;
};

}  // namespace choreo::streamer
