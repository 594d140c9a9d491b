// Reading one instance: its log (head, epoch, pages of operations) and its projected state.
//
// Invariants: ids come in order without gap; what a reader returns was committed. Every call checks that the file
// behind the slug is still the one that was opened, and fails with gone/instance_gone when it was deleted or made anew.
// Thread-safety: one thread at a time; each thread opens its own. Ownership: holds a database connection (3
// descriptors).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/instances.h"
#include "operation/operation.h"

namespace choreo::sqlite {
class Database;
}

namespace choreo::log {

struct Head {
  std::string epoch;         // 32 hexadecimal digits, written when the instance was made
  std::int64_t last_id = 0;  // 0: nothing yet
};

// An entity as the projection has it (SPEC 3).
struct Entity {
  std::string id;
  bool alive = false;
  std::int64_t last_op = 0;
  std::string data;  // canonical JSON object, the fields without id
};

struct TableSummary {
  std::string name;
  std::int64_t entities = 0;  // alive
  std::int64_t last_op = 0;   // the newest operation that changed it
};

// What GET /instances tells; kept as counters in the transaction that appends, so reading it scans nothing.
struct Summary {
  std::string epoch;
  std::int64_t operations = 0;
  std::int64_t entities = 0;  // alive
  std::int64_t head = 0;
  std::string last_ts;    // "" where there is no operation
  std::string newest_ts;  // the latest time of any operation, which seeds may bring in any order; "" likewise
  std::vector<TableSummary> tables;  // by name; those that have had an entity
  std::int64_t file_size = 0;        // bytes on disk: the database and its write-ahead log
};

class Reader {
 public:
  // Migrates an old schema first. Errors: not_found/unknown_instance, unavailable/corrupt…, unavailable/newer_schema.
  static Result<Reader> open(const Instances& instances, const std::string& slug);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // Whether the file is still the one that was opened; gone/instance_gone otherwise.
  Status check() const;
  Result<Head> head();

  // Operations with after < id, oldest first: at most `limit` of them, and no more once their JSON exceeds max_bytes
  // (at least one where there is one).
  Result<std::vector<Operation>> page(std::int64_t after, int limit, std::size_t max_bytes);

  // One operation; nothing if the id is not in the log.
  Result<std::optional<Operation>> operation(std::int64_t id);
  // Operations with id < before, newest first, at most limit.
  Result<std::vector<Operation>> page_before(std::int64_t before, int limit);

  // Operations that name the id (operation/operation.h mentioned_ids): how many, and and pages of them, oldest first
  // with after < id, newest first with id < before.
  Result<std::int64_t> mention_count(const std::string& id);
  Result<std::vector<Operation>> mentions_after(const std::string& id, std::int64_t after, int limit);
  Result<std::vector<Operation>> mentions_before(const std::string& id, std::int64_t before, int limit);

  Result<Summary> summary();
  // Nothing if the table has never had that id.
  struct FoundEntity : Entity {
    std::string epoch;  // of the log that last_op counts in
  };
  Result<std::optional<FoundEntity>> entity(const std::string& table, const std::string& id);
  // Alive entities with after < id in id order (byte order of UTF-8), and the table's summary read in the same
  // snapshot.
  struct EntityPage {
    std::vector<Entity> entities;
    TableSummary table;
    std::string epoch;
    std::int64_t head = 0;
  };
  // All alive entities of a table in id order, as of one moment: open_table() says which (its page has no entities),
  // then next_row() gives one after the other, false at the end; close_table() ends it. At most one table is open at a
  // time, and entities() is not called meanwhile.
  Result<EntityPage> open_table(const std::string& table);
  Result<bool> next_row(Entity& row);
  void close_table();
  // Gives back the memory of what was read. For a reader that will rest for long; next_row() then goes on behind
  // `last`, the id of the row that it gave last ("": none yet), which must live until its next call.
  void rest(const std::string& last);
  Result<EntityPage> entities(const std::string& table, const std::string& after, int limit);

  // While it lives, a read fails with unavailable/busy where it would wait for another program's lock.
  class NoWaiting {
   public:
    explicit NoWaiting(Reader& reader);
    ~NoWaiting();
    NoWaiting(const NoWaiting&) = delete;
    NoWaiting& operator=(const NoWaiting&) = delete;

   private:
    Reader& reader_;
  };

  // For core/log's own views.
  sqlite::Database& database();

  struct Impl;

 private:
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Notices growth of logs without opening them each time, by their files' modification: the fallback of everything that
// is otherwise told by messages, and how the broker finds a lost tail. Thread-safety: one thread at a time.
class HeadWatcher {
 public:
  explicit HeadWatcher(Instances instances);
  HeadWatcher(HeadWatcher&&) noexcept;
  ~HeadWatcher();

  struct Change {
    std::string slug;
    bool gone = false;  // the file is no longer there (or another one stands in its place: gone first, then a head)
    Head head;
    // The log of the same epoch that is there now is not the one that was: its file was replaced, or it lost its end.
    bool returned = false;
  };
  // What changed in these instances since the last poll that named them; the first one reports each that exists.
  // Costs two stat calls an instance where nothing changed. An instance that cannot be read is skipped this time.
  std::vector<Change> poll(const std::vector<std::string>& slugs);
  // Reads it again and tells what it is, also where nothing changed.
  std::vector<Change> look_again(const std::string& slug);
  void forget(const std::string& slug);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::log
