#include "projection/entity_edit.h"

#include <charconv>

namespace choreo::projection {
namespace {

// The count plus one; anything that is no count of ours starts over.
std::string incremented(std::string_view count) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), value);
  if (error != std::errc() || end != count.data() + count.size() || value < 0) value = 0;
  return std::to_string(value + 1);
}

}  // namespace

Result<EntityEdit> EntityEdit::find(Store& store, std::string table, std::string id) {
  EntityEdit edit(std::move(table), std::move(id));
  CHOREO_ASSIGN(std::optional<EntityState> found, store.find(edit.table_, edit.id_));
  if (found) {
    *edit.state_ = std::move(*found);
    edit.exists_ = true;
  }
  edit.data_ = std::make_unique<json::Object>(json::Object::parse(edit.state_->data));
  return edit;
}

EntityEdit EntityEdit::fresh(std::string table, std::string id) {
  EntityEdit edit(std::move(table), std::move(id));
  edit.data_ = std::make_unique<json::Object>(json::Object::parse(edit.state_->data));
  return edit;
}

void EntityEdit::count(Operator op) {
  const std::string_view* ops = data_->find("_ops");
  std::string counts(ops && json::is_object(*ops) ? *ops : "{}");
  if (const auto count = json::find(counts, name_of(op))) {
    counts.replace(static_cast<std::size_t>(count->data() - counts.data()), count->size(), incremented(*count));
  } else {
    counts.pop_back();
    if (counts.size() > 1) counts += ',';
    counts.append("\"").append(name_of(op)).append("\":1}");
  }
  data_->set_owned("_ops", std::move(counts));
}

void EntityEdit::append_to_array(std::string_view member, std::string_view array, std::string_view element) {
  std::string text(json::is_array(array) ? array : "[]");
  text.pop_back();
  if (text.size() > 1) text += ',';
  text.append(element).append("]");
  data_->set_owned(member, std::move(text));
}

Result<bool> EntityEdit::insert(Store& store, std::int64_t op_id) {
  return store.insert(table_, id_, {state_->alive, op_id, data_->text()});
}

Status EntityEdit::put(Store& store, std::int64_t op_id) {
  EntityState changed{state_->alive, op_id, data_->text()};
  return store.put(table_, id_, changed);
}

}  // namespace choreo::projection
