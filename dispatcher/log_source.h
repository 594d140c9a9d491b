// Reading the logs that webhooks follow, with few files open and few reads.
// Thread-safety: none; part of the loop's state. Its reads are of the page cache's or the disk's speed and bounded in
// size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>

#include "base/result.h"
#include "base/text_map.h"
#include "dispatcher/page_cache.h"
#include "log/instances.h"
#include "log/reader.h"
#include "service/descriptors.h"

namespace choreo::dispatcher {

class LogSource {
 public:
  static constexpr std::size_t kMaxOpenReaders = 64;
  // Of the descriptors. SQLite keeps those of a closed connection while another of the process has the same database
  // open, so that a reader may come to hold more than its own.
  static constexpr std::int64_t kReaderShare = 8;
  static constexpr std::size_t kCacheBytes = 16u << 20;
  static constexpr int kPageOperations = 128;
  static constexpr std::size_t kPageBytes = 128u << 10;

  explicit LogSource(log::Instances instances)
      : instances_(std::move(instances)),
        max_readers_(service::databases_within(kReaderShare, kMaxOpenReaders)),
        cache_(kCacheBytes) {}

  // Of the file that stands behind the slug now. Errors here and below as log::Reader's; not_found and gone mean that
  // the instance as it was is no more.
  Result<log::Head> head(const std::string& slug);
  // The operation of that id in the instance of that epoch; null if its log does not have it (yet). Reads ahead.
  Result<RecordPtr> find(const std::string& slug, const std::string& epoch, std::int64_t id);
  // The same without reading ahead: for a single one from long ago.
  Result<RecordPtr> find_one(const std::string& slug, const std::string& epoch, std::int64_t id);
  // The log that stands behind the slug now may be another one under the same epoch, up to head: how far it is what was
  // read of it lately (head: as far as that tells). Drops what was read.
  Result<std::int64_t> unchanged_up_to(const std::string& slug, const std::string& epoch, std::int64_t head);
  // Closes it and drops what was read: the next call sees the file that stands there then.
  void forget(const std::string& slug);

 private:
  struct Open {
    std::string slug;
    std::string epoch;
    log::Reader reader;
  };
  void make_room();
  void close(const std::string& slug);
  Result<log::Reader*> reader(const std::string& slug, const std::string& epoch);
  template <class T>
  Result<T> checked(const std::string& slug, Result<T> result);

  log::Instances instances_;
  const std::size_t max_readers_;
  PageCache cache_;
  std::list<Open> readers_;  // most recently used first
  TextMap<std::list<Open>::iterator> by_slug_;
};

}  // namespace choreo::dispatcher
