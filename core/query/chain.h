// `>> CON(…)`: breadth first along the edges from a query's entities.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "eoql/query.h"
#include "projection/view.h"

namespace choreo::query {

// The member "con_chain":{…}. base: the ids to start from.
Result<std::string> chain_member(const eoql::ChainQuery& chain, const std::vector<std::string>& base,
                                 projection::View& view);

}  // namespace choreo::query
