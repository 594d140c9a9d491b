// Small readings of JSON values that several operators share.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "json/object.h"

namespace choreo::projection {

// The first of these members that names an entity: a non-empty string, or an integer (logs of the earlier system hold
// some) as its decimal text. UTF-8.
std::optional<std::string> id_member(const json::Object& object, std::initializer_list<std::string_view> names);

// What the earlier system counted as given: not null, false, 0, "", [] or {}.
bool is_given(std::string_view value);

// A field's value as an object with this member, e.g. {"_sup":…} or {"_nul":…}; nothing if it is another value.
std::optional<std::string_view> marker(std::string_view value, std::string_view name);

// Adds an entity's fields to what an answer says of the entity itself, which stays as it is. Both must outlive `shown`.
void add_fields(json::Object& shown, std::string_view data);

// The value of one variant of a superposed field: its member `value`, nothing for an object without one; a variant that
// is no object is its own value.
std::optional<std::string_view> variant_value(std::string_view variant);

}  // namespace choreo::projection
