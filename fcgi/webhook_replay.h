// What a client may ask to be sent again: {"from","to"?}, {"op_ids":[…]} or {"dead":true}.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "control/delivery_state.h"

namespace choreo::fcgi {

// body: a canonical JSON object; members of other names are passed over. head: the last operation there is. Error
// invalid/bad_webhook_replay.
Result<control::Replay> parse_replay(std::string_view body, std::int64_t head);
// How many operations it is about, at most. dead: how many were given up.
std::int64_t operations_of(const control::Replay& replay, std::int64_t dead);

}  // namespace choreo::fcgi
