#include "append/emergence_scan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>

#include "base/digest.h"
#include "json/number.h"
#include "json/object.h"
#include "json/string.h"

namespace choreo::append {
namespace {

constexpr const char* kEmergentTable = "_emergent";
constexpr std::size_t kDefaultMinClusterSize = 3;

struct Options {
  std::size_t min_cluster_size = kDefaultMinClusterSize;
  std::string min_coupling = "0";
  std::string min_stance = "accidental";
};

Options options_of(const Operation& rec) {
  Options options;
  if (const auto size = json::find(rec.target, "min_cluster_size"))
    std::from_chars(size->data(), size->data() + size->size(), options.min_cluster_size);
  if (const auto coupling = json::find(rec.target, "min_internal_coupling")) options.min_coupling = *coupling;
  if (const auto stance = json::find(rec.target, "min_stance")) options.min_stance = json::unquote(*stance);
  return options;
}

bool keeps(const Options& options, std::string_view stance, std::string_view coupling) {
  if (json::compare_numbers(coupling, options.min_coupling) < 0) return false;
  if (options.min_stance == "generative") return stance == "generative";
  if (options.min_stance == "essential") return stance == "essential" || stance == "generative";
  return true;
}

// Disjoint sets over ids, joined edge by edge.
class Components {
 public:
  void join(const std::string& a, const std::string& b) {
    const std::size_t x = root(index(a)), y = root(index(b));
    parent_[std::max(x, y)] = std::min(x, y);
  }
  // Sorted members of each component of at least min_size, by first member.
  std::vector<std::vector<std::string>> sorted(std::size_t min_size) {
    std::map<std::size_t, std::vector<std::string>> by_root;
    for (const auto& [id, i] : index_) by_root[root(i)].push_back(id);  // index_ is sorted, so members are
    std::vector<std::vector<std::string>> out;
    for (auto& [i, members] : by_root)
      if (members.size() >= min_size) out.push_back(std::move(members));
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::size_t index(const std::string& id) {
    const auto [it, added] = index_.emplace(id, parent_.size());
    if (added) parent_.push_back(it->second);
    return it->second;
  }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  std::map<std::string, std::size_t> index_;
  std::vector<std::size_t> parent_;
};

std::string array_of(const std::vector<std::string>& members) {
  std::string out = "[";
  for (const std::string& member : members) {
    if (out.size() > 1) out += ',';
    json::append_string(out, member);
  }
  return out + "]";
}

}  // namespace

Result<std::string> cluster_id(const std::vector<std::string>& members) {
  CHOREO_ASSIGN(const Sha256 digest, sha256(array_of(members)));
  std::string id = "cluster-";
  for (std::size_t i = 0; i < 4; ++i) {
    id += "0123456789abcdef"[digest[i] >> 4];
    id += "0123456789abcdef"[digest[i] & 15];
  }
  return id;
}

Status scan_for_emergence(const Operation& rec, log::ProjectionStore& state, const Generate& generate) {
  const Options options = options_of(rec);
  Components components;
  CHOREO_TRY(state.each_alive_edge([&](const projection::Edge& edge) {
    if (keeps(options, edge.stance, edge.coupling)) components.join(edge.source, edge.target);
  }));
  json::Object context;
  context.set_owned("table", json::quote(kEmergentTable));
  context.set_owned("generated_by", std::to_string(rec.id));
  if (const auto trace = json::find(rec.context, "trace_id")) context.set("trace_id", *trace);
  Draft draft;
  draft.context = context.text();
  draft.frame = rec.frame;
  for (const std::vector<std::string>& members : components.sorted(options.min_cluster_size)) {
    CHOREO_ASSIGN(const std::string id, cluster_id(members));
    CHOREO_ASSIGN(const std::optional<projection::EntityState> known, state.find(kEmergentTable, id));
    if (known && known->alive) continue;
    draft.op = Operator::INS;
    draft.target = "{\"id\":\"" + id + "\",\"members\":" + array_of(members) +
                   ",\"member_count\":" + std::to_string(members.size()) + "}";
    CHOREO_TRY(generate(draft));
    draft.op = Operator::DES;
    draft.target = "{\"id\":\"" + id + "\",\"flag\":\"emergent_cluster\"}";
    CHOREO_TRY(generate(draft));
  }
  return {};
}

}  // namespace choreo::append
