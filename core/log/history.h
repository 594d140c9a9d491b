// Entities as some operation of the past left them: from their newest checkpoint before it, and the operations on them
// since (docs/storage.md).
//
// Cost: bounded by CheckpointPolicy, not by the log; an entity that has not changed since is read as it is.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
// REQUIRES: a read transaction is open while it is used, so that what it reads belongs together.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operation/operation.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

class History {
 public:
  static Result<History> prepare(sqlite::Database& db);

  // Tables that had an entity after operation `at`, by name.
  std::vector<std::string> tables(std::int64_t at) const;
  // Nothing if the table had not had that id by then.
  Result<std::optional<projection::EntityState>> entity(const std::string& table, const std::string& id,
                                                        std::int64_t at);
  // Entities of the table with a greater id than `after`, in id order. each() returns false to stop.
  using Each = std::function<Result<bool>(const std::string& id, const projection::EntityState& entity)>;
  Status scan(const std::string& table, const std::string& after, std::int64_t at, const Each& each);

 private:
  struct Table {
    std::int64_t tid = 0;
    std::int64_t first_op = 0;
  };
  History() = default;
  Result<projection::EntityState> reconstruct(const std::string& table, std::int64_t tid, const std::string& id,
                                              std::int64_t first_op, std::int64_t at);
  // From first_id on; first_id itself even where it does not name the entity (log/mentions.h).
  Result<std::vector<Operation>> operations_on(std::int64_t tid, const std::string& id, std::int64_t after,
                                               std::int64_t at);
  Result<std::optional<Operation>> operation(std::int64_t id);

  std::map<std::string, Table> tables_;
  std::int64_t legacy_last_id_ = 0;
  sqlite::Statement find_, scan_, checkpoint_, operations_, operation_;
};

}  // namespace choreo::log
