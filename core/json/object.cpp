#include "json/object.h"

namespace choreo::json {
namespace {

constexpr std::size_t kMembersScanned = 16;  // up to here scanning beats an index
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

}  // namespace

Object Object::parse(std::string_view object) {
  Object out;
  out.members_.reserve(kMembersScanned / 2);
  for (const Member& member : json::members(object)) out.set(member.key, member.value);
  return out;
}

// index_ is either empty or knows every member; it is filled by the first look-up that needs it.
std::size_t Object::index_of(std::string_view key) const {
  if (members_.size() <= kMembersScanned) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].key == key) return i;
    }
    return kNone;
  }
  if (index_.empty()) {
    for (std::size_t i = 0; i < members_.size(); ++i) index_.emplace(members_[i].key, i);
  }
  const auto found = index_.find(key);
  return found == index_.end() ? kNone : found->second;
}

const std::string_view* Object::find(std::string_view key) const {
  const std::size_t i = index_of(key);
  return i == kNone ? nullptr : &members_[i].value;
}

void Object::set(std::string_view key, std::string_view value) {
  const std::size_t i = index_of(key);
  if (i != kNone) {
    members_[i].value = value;
    return;
  }
  if (!index_.empty()) index_.emplace(key, members_.size());
  members_.push_back({key, value});
}

void Object::set_owned(std::string_view key, std::string value) {
  owned_.push_front(std::move(value));
  const std::string& kept_value = owned_.front();
  const std::size_t i = index_of(key);
  if (i != kNone) {
    members_[i].value = kept_value;
    return;
  }
  owned_.emplace_front(key);
  set(owned_.front(), kept_value);
}

void Object::erase(std::string_view key) {
  const std::size_t i = index_of(key);
  if (i == kNone) return;
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(i));
  index_.clear();
}

std::string Object::text() const {
  std::string out;
  append_to(out);
  return out;
}

void Object::append_to(std::string& out) const {
  std::size_t size = 2;
  for (const Member& member : members_) size += member.key.size() + member.value.size() + 4;
  out.reserve(out.size() + size);
  out += '{';
  for (const Member& member : members_) {
    if (&member != members_.data()) out += ',';
    out += '"';
    out += member.key;
    out += "\":";
    out += member.value;
  }
  out += '}';
}

}  // namespace choreo::json
