// Reading one instance's log: head, epoch, pages of operations.
//
// Invariants: ids come in order without gap; what a reader returns was committed. Every call checks that the file behind
// the slug is still the one that was opened, and fails with gone/instance_gone when it was deleted or made anew.
// Thread-safety: one thread at a time; each thread opens its own. Ownership: holds a database connection (3 descriptors).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/instances.h"
#include "operation/operation.h"

namespace choreo::log {

struct Head {
  std::string epoch;       // 32 hexadecimal digits, written when the instance was made
  std::int64_t last_id = 0;  // 0: nothing yet
};

class Reader {
 public:
  // Migrates an old schema first. Errors: not_found/unknown_instance, unavailable/corrupt…, unavailable/newer_schema.
  static Result<Reader> open(const Instances& instances, const std::string& slug);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  Result<Head> head();

  // Operations with after < id, oldest first: at most `limit` of them, and no more once their JSON exceeds max_bytes
  // (at least one where there is one).
  Result<std::vector<Operation>> page(std::int64_t after, int limit, std::size_t max_bytes);

  struct Impl;

 private:
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Notices growth of logs without opening them each time, by their files' modification: the fallback of everything that is
// otherwise told by messages, and how the broker finds a lost tail.
// Thread-safety: one thread at a time.
class HeadWatcher {
 public:
  explicit HeadWatcher(Instances instances);
  HeadWatcher(HeadWatcher&&) noexcept;
  ~HeadWatcher();

  struct Change {
    std::string slug;
    bool gone = false;  // the file is no longer there (or another one stands in its place: gone first, then a head)
    Head head;
  };
  // What changed in these instances since the last poll that named them; the first one reports each that exists.
  // Costs two stat calls an instance where nothing changed. An instance that cannot be read is skipped this time.
  std::vector<Change> poll(const std::vector<std::string>& slugs);
  void forget(const std::string& slug);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::log
