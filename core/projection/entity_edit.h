// An entity that one operation is changing: found, edited as an object, put back.
#pragma once

#include <memory>
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
  json::Object& data() { return *data_; }
  void set_alive(bool alive) { state_->alive = alive; }
  // Makes it where it was not there.
  void create() { exists_ = true; }

  // _ops[op] grows by one.
  void count(Operator op);
  // Appends an element to the array member; what is there and no array is replaced.
  void append_to_array(std::string_view member, std::string_view array, std::string_view element);
  Status put(Store& store, std::int64_t op_id);
  // False: nothing was changed, since it may be in the store already.
  Result<bool> insert(Store& store, std::int64_t op_id);

 private:
  EntityEdit(std::string table, std::string id) : table_(std::move(table)), id_(std::move(id)) {}
  std::string table_;
  std::string id_;
  bool exists_ = false;
  // On the heap: data_ holds views into its text, which a move must not move.
  std::unique_ptr<EntityState> state_ = std::make_unique<EntityState>();
  std::unique_ptr<json::Object> data_;
};

}  // namespace choreo::projection
