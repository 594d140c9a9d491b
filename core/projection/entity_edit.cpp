#include "projection/entity_edit.h"

#include <charconv>

#include "base/limits.h"

namespace choreo::projection {
namespace {

// The count plus one; anything that is no count of ours starts over.
std::string incremented(std::string_view count) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), value);
  if (error != std::errc() || end != count.data() + count.size() || value < 0) value = 0;
  return std::to_string(value + 1);
}

std::size_t index_of(List list) {
  return static_cast<std::size_t>(list);
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

void EntityEdit::forget_parts(std::string_view member) {
  if (member.empty() || member.front() != '_') return;
  for (std::size_t i = 0; i < kListNames.size(); ++i)
    if (member == kListNames[i]) state_->parts[i] = 0;
}

void EntityEdit::set(std::string_view member, std::string_view value) {
  forget_parts(member);
  data_->set(member, value);
}

void EntityEdit::set_owned(std::string_view member, std::string value) {
  forget_parts(member);
  data_->set_owned(member, std::move(value));
}

void EntityEdit::clear() {
  *data_ = json::Object();
  state_->parts = {};
}

void EntityEdit::lay_over(const EntityEdit& merged) {
  json::Object both;
  for (const json::Member& member : merged.data_->members()) both.set(member.key, member.value);
  for (const json::Member& member : data_->members()) both.set(member.key, member.value);
  // A list is passed on like every other member, so with its parts.
  for (std::size_t i = 0; i < kListNames.size(); ++i)
    if (!data_->find(kListNames[i])) state_->parts[i] = merged.state_->parts[i];
  state_->data = both.text();
  *data_ = json::Object::parse(state_->data);
}

void EntityEdit::append(List list, std::string_view element) {
  const std::string_view name = kListNames[index_of(list)];
  const std::string_view* before = data_->find(name);
  std::string text(before && json::is_array(*before) ? *before : "[]");
  text.pop_back();
  if (text.size() > 1) text += ',';
  text.append(element).append("]");
  data_->set_owned(name, std::move(text));
  grown_ = list;
}

Status EntityEdit::shorten(Store& store, std::int64_t op_id) {
  if (!grown_) return {};
  const std::size_t list = index_of(*grown_);
  grown_.reset();
  const std::string_view text = *data_->find(kListNames[list]);
  if (text.size() <= kMaxListBytesInEntity) return {};
  CHOREO_ASSIGN(const std::int64_t part, store.keep_part(op_id, state_->parts[list], text.substr(1, text.size() - 2)));
  if (part == 0) return {};
  state_->parts[list] = part;
  data_->set(kListNames[list], "[]");
  return {};
}

Result<bool> EntityEdit::insert(Store& store, std::int64_t op_id) {
  return store.insert(table_, id_, {state_->alive, op_id, data_->text(), {}});
}

Status EntityEdit::put(Store& store, std::int64_t op_id) {
  CHOREO_TRY(shorten(store, op_id));
  return store.put(table_, id_, {state_->alive, op_id, data_->text(), state_->parts});
}

}  // namespace choreo::projection
