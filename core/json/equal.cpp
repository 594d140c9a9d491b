#include "json/number.h"
#include "json/object.h"
#include "json/scan.h"

namespace choreo::json {
namespace {

bool equal_arrays(std::string_view a, std::string_view b) {
  const Elements left = elements(a);
  const Elements right = elements(b);
  auto i = left.begin();
  auto j = right.begin();
  while (i != left.end() && j != right.end()) {
    if (!equal(*i, *j)) return false;
    ++i, ++j;
  }
  return i == left.end() && j == right.end();
}

// A repeated key counts with its last value, as wherever an object is read.
bool equal_objects(std::string_view a, std::string_view b) {
  const Object left = Object::parse(a);
  const Object right = Object::parse(b);
  if (left.members().size() != right.members().size()) return false;
  for (const Member& member : left.members()) {
    const std::string_view* other = right.find(member.key);
    if (other == nullptr || !equal(member.value, *other)) return false;
  }
  return true;
}

}  // namespace

bool equal(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const Kind kind = kind_of(a);
  if (kind != kind_of(b)) return false;
  switch (kind) {
    case Kind::number:
      return std::is_eq(compare_numbers(a, b));
    case Kind::array:
      return equal_arrays(a, b);
    case Kind::object:
      return equal_objects(a, b);
    default:
      return false;  // canonical texts of equal strings, booleans and nulls are the same
  }
}

}  // namespace choreo::json
