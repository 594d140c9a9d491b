// An entity that one operation is changing: found, edited as an object, put back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "json/object.h"
#include "operation/operation.h"
#include "projection/store.h"

namespace choreo::projection {

class EntityEdit {
 public:
  // Finds it; exists() tells whether it was there.
  static Result<EntityEdit> find(Store& store, std::string table, std::string id);
  // One that is not in the store, as far as is known; insert() tells.
  static EntityEdit fresh(std::string table, std::string id);

  bool exists() const { return exists_; }
  const std::string& id() const { return id_; }
  const json::Object& data() const { return *data_; }
  void set_alive(bool alive) { state_->alive = alive; }
  // Makes it where it was not there.
  void create() { exists_ = true; }

  void set(std::string_view member, std::string_view value);
  void set_owned(std::string_view member, std::string value);
  // All members go.
  void clear();
  // What merged has and this has not comes first, as in {**merged, **this}.
  void lay_over(const EntityEdit& merged);
  // _ops[op] grows by one.
  void count(Operator op);
  // Appends an element; what is there and no array is replaced. Once an operation.
  void append(List list, std::string_view element);
  Status put(Store& store, std::int64_t op_id);
  // False: nothing was changed, since it may be in the store already.
  Result<bool> insert(Store& store, std::int64_t op_id);

 private:
  EntityEdit(std::string table, std::string id) : table_(std::move(table)), id_(std::move(id)) {}
  // A list that is set as any other member is no longer what was gathered.
  void forget_parts(std::string_view member);
  // Where the list that was appended to has become long: all of it is kept apart.
  Status shorten(Store& store, std::int64_t op_id);

  std::string table_;
  std::string id_;
  bool exists_ = false;
  // On the heap: data_ holds views into its text, which a move must not move.
  std::unique_ptr<EntityState> state_ = std::make_unique<EntityState>();
  std::unique_ptr<json::Object> data_;
  std::optional<List> grown_;
};

}  // namespace choreo::projection
