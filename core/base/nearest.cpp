#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace choreo {
namespace {

constexpr std::size_t kMaxCompared = 40;  // letters; no known name is as long

struct SameMeaning {
  std::string_view given;  // as plain() makes it
  std::string_view meant;
};
// The first whose meaning is among the known names counts.
constexpr SameMeaning kSameMeanings[] = {
    {"offset", "cursor"},
    {"skip", "cursor"},
    {"page", "cursor"},
    {"pagetoken", "cursor"},
    {"nextcursor", "cursor"},
    {"after", "cursor"},
    {"startafter", "cursor"},
    {"offset", "after"},
    {"skip", "after"},
    {"page", "after"},
    {"cursor", "after"},
    {"since", "after"},
    {"since", "from"},
    {"start", "from"},
    {"after", "from"},
    {"until", "to"},
    {"end", "to"},
    {"before", "to"},
    {"perpage", "limit"},
    {"pagesize", "limit"},
    {"size", "limit"},
    {"count", "limit"},
    {"max", "limit"},
    {"top", "limit"},
    {"first", "limit"},
    {"asof", "at"},
    {"time", "at"},
    {"timestamp", "at"},
    {"date", "at"},
    {"ts", "at"},
    {"atid", "atop"},
    {"query", "q"},
    {"eoql", "q"},
    {"sql", "q"},
    {"operator", "op"},
    {"filter", "op"},
    {"id", "entity"},
    {"last", "tail"},
    {"since", "last_id"},
    {"after", "last_id"},
    {"from", "last_id"},
    {"offset", "last_id"},
    {"cursor", "last_id"},
    {"profile", "replay"},
    {"token", "access_token"},
    {"traceid", "trace"},
    {"preview", "dry_run"},
    {"simulate", "dry_run"},
    {"name", "slug"},
    {"id", "slug"},
    {"instance", "slug"},
    {"operation", "operations"},
    {"ops", "operations"},
    {"endpoint", "url"},
    {"address", "url"},
    {"href", "url"},
    {"uri", "url"},
    {"enabled", "active"},
    {"events", "filter"},
    {"op", "filter"},
    {"ops", "filter"},
    {"operators", "filter"},
    {"condition", "where"},
    {"name", "description"},
    {"ids", "op_ids"},
    {"overlap", "overlap_seconds"},
    {"otp", "code"},
    {"totp", "code"},
    {"password", "token"},
    {"key", "token"},
};

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 2 * kMaxCompared)) {
    if (c == '_' || c == '-' || c == '.' || c == ' ') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

// Letters to insert, remove or replace.
std::size_t changes(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view given, std::span<const std::string_view> known) {
  const std::string name = plain(given);
  if (name.empty() || name.size() > kMaxCompared) return {};
  for (const std::string_view one : known)
    if (plain(one) == name) return one;
  for (const auto& [other, meant] : kSameMeanings)
    if (other == name && std::find(known.begin(), known.end(), meant) != known.end()) return meant;
  std::string_view best;
  std::size_t least = name.size() / 3 + 1;
  for (const std::string_view one : known) {
    const std::string candidate = plain(one);
    const std::size_t needed = changes(name, candidate);
    if (needed >= std::max(name.size(), candidate.size())) continue;  // nothing in common
    if (needed <= std::max<std::size_t>(1, name.size() / 3) && needed < least) {
      best = one;
      least = needed;
    }
  }
  return best;
}

}  // namespace choreo
