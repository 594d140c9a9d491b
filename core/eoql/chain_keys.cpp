#include "eoql/keys.h"

namespace choreo::eoql {
namespace {

Status set_hops(ChainQuery& chain, const Parameter& p) {
  CHOREO_ASSIGN(const std::int64_t hops, integer_value(p, 0, kMaxHops));
  chain.hops = static_cast<int>(hops);
  return {};
}

Status set_min_coupling(ChainQuery& chain, const Parameter& p) {
  CHOREO_ASSIGN(chain.min_coupling, coupling_value(p));
  return {};
}

Status set_stance(ChainQuery& chain, const Parameter& p) {
  CHOREO_ASSIGN(chain.stance, stance_value(p));
  return {};
}

Status set_exclude(ChainQuery& chain, const Parameter& p) {
  CHOREO_ASSIGN(chain.exclude, stance_value(p));
  return {};
}

constexpr Key<ChainQuery> kKeys[] = {
    {"hops", set_hops}, {"min_coupling", set_min_coupling}, {"stance", set_stance}, {"exclude", set_exclude}};

Status refuse(ChainQuery&, const Parameter& p) {
  return expected(p.position, "hops, stance, exclude or min_coupling", "'" + shortened(p.key) + "'");
}

}  // namespace

Result<ChainQuery> chain_query(const std::vector<Parameter>& parameters) {
  ChainQuery chain;
  CHOREO_TRY(set_all<ChainQuery>(chain, kKeys, parameters, refuse));
  return chain;
}

}  // namespace choreo::eoql
