// Entities as some operation of the past left them: from their newest checkpoint before it, and the operations on them
// since (docs/storage.md).
//
// Cost: bounded by CheckpointPolicy, not by the log; an entity that has not changed since is read as it is.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
// REQUIRES: a read transaction is open while it is used, so that what it reads belongs together.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "log/list_parts.h"
#include "log/table_names.h"
#include "operation/operation.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

class History {
 public:
  static Result<History> prepare(sqlite::Database& db);

  TableNames& tables() { return tables_; }
  // Nothing if the table had not had that id by then.
  Result<std::optional<projection::EntityState>> entity(const std::string& table, const std::string& id,
                                                        std::int64_t at);
  // Entities of the table with a greater id than `after`, in id order. each() returns false to stop.
  using Each = std::function<Result<bool>(const std::string& id, const projection::EntityState& entity)>;
  Status scan(const std::string& table, const std::string& after, std::int64_t at, const Each& each);

 private:
  History(TableNames tables, PartReader parts) : tables_(std::move(tables)), parts_(std::move(parts)) {}
  // Lists as they are stored: in parts.
  Result<std::optional<projection::EntityState>> stored_entity(const std::string& table, std::int64_t tid,
                                                               const std::string& id, std::int64_t at);
  Result<projection::EntityState> reconstruct(const std::string& table, std::int64_t tid, const std::string& id,
                                              std::int64_t first_op, std::int64_t at);
  // From first_id on; first_id itself even where it does not name the entity (log/mentions.h).
  Result<std::vector<Operation>> operations_on(std::int64_t tid, const std::string& id, std::int64_t after,
                                               std::int64_t at);
  Result<std::optional<Operation>> operation(std::int64_t id);

  TableNames tables_;
  PartReader parts_;
  std::int64_t legacy_last_id_ = 0;
  sqlite::Statement find_, scan_, checkpoint_, operations_, operation_;
};

}  // namespace choreo::log
