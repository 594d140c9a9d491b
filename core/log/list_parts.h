// The beginnings of long lists (_seg, _syn_from), kept apart from the entities they belong to, so that an operation
// does not write again what was gathered before it. Entities and checkpoints name the newest part; each part names the
// one before it.
//
// Invariants: a part is named by the operation that completed it, never changes, and comes after the part it names, so
// a survivor of a merge, a checkpoint and the past share parts. Thread-safety: one thread at a time. Ownership: uses
// the Database it was made with, which must outlive it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

// For the transaction that appends.
class PartWriter {
 public:
  static Result<PartWriter> prepare(sqlite::Database& db);
  Status add(std::int64_t op_id, std::int64_t before, std::string_view elements);

 private:
  PartWriter() = default;
  sqlite::Statement add_;
};

class PartReader {
 public:
  static Result<PartReader> prepare(sqlite::Database& db);
  // Puts the lists of the entity together. Errors: unavailable/corrupt.
  Status make_whole(projection::EntityState& entity);

 private:
  PartReader() = default;
  Result<std::string> elements(std::int64_t newest);
  sqlite::Statement find_;
};

}  // namespace choreo::log
