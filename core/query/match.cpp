#include "query/match.h"

#include <compare>

#include "json/number.h"
#include "json/scan.h"
#include "json/string.h"
#include "projection/values.h"

namespace choreo::query {
namespace {

using eoql::Comparison;

// Nothing where the two are of kinds without an order.
std::optional<int> order_of(std::string_view a, std::string_view b) {
  const json::Kind kind = json::kind_of(a);
  if (kind != json::kind_of(b)) return std::nullopt;
  if (kind == json::Kind::number) {
    const std::strong_ordering order = json::compare_numbers(a, b);
    return std::is_lt(order) ? -1 : std::is_gt(order) ? 1 : 0;
  }
  if (kind == json::Kind::string) return json::unquote(a).compare(json::unquote(b));
  return std::nullopt;
}

int rank_of(std::string_view value) {
  switch (json::kind_of(value)) {
    case json::Kind::null:
      return 0;
    case json::Kind::boolean:
      return value == "true" ? 2 : 1;
    case json::Kind::number:
      return 3;
    case json::Kind::string:
      return 4;
    default:
      return 5;
  }
}

// A field by its first variant, a destroyed one as null.
std::string_view plain(const std::optional<std::string_view>& field) {
  if (!field || projection::marker(*field, "_nul")) return "null";
  const auto variants = projection::marker(*field, "_sup");
  if (!variants || !json::is_array(*variants)) return *field;
  for (std::string_view variant : json::elements(*variants)) return projection::variant_value(variant).value_or("null");
  return "null";
}

}  // namespace

bool meets(const std::optional<std::string_view>& value, Comparison comparison, std::string_view expected) {
  const std::string_view actual = value.value_or("null");
  if (comparison == Comparison::equal) return json::equal(actual, expected);
  if (comparison == Comparison::not_equal) return !json::equal(actual, expected);
  const std::optional<int> order = order_of(actual, expected);
  if (!order) return false;
  switch (comparison) {
    case Comparison::less:
      return *order < 0;
    case Comparison::less_equal:
      return *order <= 0;
    case Comparison::greater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool field_meets(const std::optional<std::string_view>& field, Comparison comparison, std::string_view expected) {
  if (field && projection::marker(*field, "_nul")) return meets("null", comparison, expected);
  const auto variants = field ? projection::marker(*field, "_sup") : std::nullopt;
  if (!variants || !json::is_array(*variants)) return meets(field, comparison, expected);
  for (std::string_view variant : json::elements(*variants))
    if (meets(projection::variant_value(variant), comparison, expected)) return true;
  return false;
}

int compare_for_order(const std::optional<std::string_view>& a, const std::optional<std::string_view>& b) {
  const std::string_view x = plain(a), y = plain(b);
  const int rank = rank_of(x) - rank_of(y);
  return rank != 0 ? rank : order_of(x, y).value_or(0);
}

}  // namespace choreo::query
