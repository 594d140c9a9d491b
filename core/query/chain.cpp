#include "query/chain.h"

#include <unordered_set>

#include "base/text_map.h"
#include "json/number.h"
#include "json/object.h"
#include "json/string.h"
#include "projection/values.h"

namespace choreo::query {
namespace {

std::string edge_json(const projection::Edge& edge) {
  return "{\"source\":" + json::quote(edge.source) + ",\"target\":" + json::quote(edge.target) +
         ",\"stance\":" + json::quote(edge.stance) + ",\"coupling\":" + edge.coupling + ",\"data\":" + edge.data + "}";
}

class Walk {
 public:
  Walk(const eoql::ChainQuery& chain, projection::View& view) : chain_(chain), view_(view) {}

  Status run(const std::vector<std::string>& base) {
    visited_.insert(base.begin(), base.end());
    std::vector<std::string> frontier = base;
    for (int hop = 0; hop < chain_.hops && !frontier.empty(); ++hop) {
      std::vector<std::string> next;
      for (const std::string& id : frontier) CHOREO_TRY(take(id, next));
      frontier = std::move(next);
    }
    return {};
  }

  // In the order they were reached; ids that no table has alive are passed through and not listed.
  Result<std::string> reached(std::int64_t& count) {
    std::string out;
    for (const std::string& id : reached_) {
      CHOREO_ASSIGN(const auto found, view_.find_alive(id));
      if (!found) continue;
      const std::string head = "{\"id\":" + json::quote(id) + ",\"table\":" + json::quote(found->table) + "}";
      json::Object object = json::Object::parse(head);
      projection::add_fields(object, found->entity.data);
      if (count++ > 0) out += ',';
      object.append_to(out);
    }
    return out;
  }
  const std::string& edges() const { return edges_; }

 private:
  bool follows(const projection::Edge& edge) const {
    return json::compare_numbers(edge.coupling, chain_.min_coupling) >= 0 &&
           (!chain_.stance || edge.stance == *chain_.stance) && (!chain_.exclude || edge.stance != *chain_.exclude);
  }

  Status take(const std::string& id, std::vector<std::string>& next) {
    CHOREO_ASSIGN(const std::vector<projection::Edge> found, view_.edges_of(id));
    for (const projection::Edge& edge : found) {
      if (!follows(edge)) continue;
      if (listed_.insert(edge.op_id).second) edges_ += (edges_.empty() ? "" : ",") + edge_json(edge);
      const std::string& other = edge.source == id ? edge.target : edge.source;
      if (!visited_.insert(other).second) continue;
      next.push_back(other);
      reached_.push_back(other);
    }
    return {};
  }

  const eoql::ChainQuery& chain_;
  projection::View& view_;
  TextSet visited_;
  std::unordered_set<std::int64_t> listed_;
  std::vector<std::string> reached_;
  std::string edges_;
};

}  // namespace

Result<std::string> chain_member(const eoql::ChainQuery& chain, const std::vector<std::string>& base,
                                 projection::View& view) {
  Walk walk(chain, view);
  CHOREO_TRY(walk.run(base));
  std::int64_t count = 0;
  CHOREO_ASSIGN(const std::string reached, walk.reached(count));
  std::string out = "\"con_chain\":{\"hops\":" + std::to_string(chain.hops) + ",\"min_coupling\":" + chain.min_coupling;
  if (chain.stance) out += ",\"stance\":" + json::quote(*chain.stance);
  if (chain.exclude) out += ",\"exclude\":" + json::quote(*chain.exclude);
  return out + ",\"reached\":[" + reached + "],\"edges\":[" + walk.edges() +
         "],\"reached_count\":" + std::to_string(count) + "}";
}

}  // namespace choreo::query
