// A JSON object that can be edited: members in order, each value canonical text.
//
// Ownership: parse() and set() borrow the views they get, which must outlive the object; set_owned() keeps its own
// copy. Cost: members are looked up by scanning while there are few and by an index beyond that, so that an object of a
// million members costs n log n steps, not n squared. The index is a tree: keys chosen to collide cannot slow it down.
// Thread-safety: none.
#pragma once

#include <forward_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.h"

namespace choreo::json {

class Object {
 public:
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  Object(Object&&) = default;
  Object& operator=(Object&&) = default;

  // REQUIRES: object is a canonical object. A repeated key keeps its first place and its last value.
  static Object parse(std::string_view object);

  const std::vector<Member>& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  // Null if there is no such member. Valid until the next change.
  const std::string_view* find(std::string_view key) const;

  // Replaces in place, or appends.
  void set(std::string_view key, std::string_view value);
  void set_owned(std::string_view key, std::string value);
  // Removes the member if it is there; linear.
  void erase(std::string_view key);

  std::string text() const;
  void append_to(std::string& out) const;

 private:
  std::size_t index_of(std::string_view key) const;

  std::vector<Member> members_;
  mutable std::map<std::string_view, std::size_t> index_;  // filled once members_ is long
  std::forward_list<std::string> owned_;                   // its elements never move
};

}  // namespace choreo::json
