// Identifiers: guids of operations, slugs of instances, epochs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace choreo {

// A UUIDv7 (RFC 9562) for operation op_id appended at unix_ms. Its last 40 bits are op_id, the 34 bits between are
// random: so the log finds an operation by a guid of ours without an index (guid_op_id), and time order is kept.
std::string make_guid(std::int64_t unix_ms, std::int64_t op_id, Random& random);

// The operation that a guid of ours would belong to; nothing if the text is not a UUIDv7. The caller compares the guid
// stored there: any client can send any UUID.
std::optional<std::int64_t> guid_op_id(std::string_view guid);

// Lower-case text of a UUID in the 8-4-4-4-12 form (any version, any case); nothing if it is not one.
std::optional<std::string> normalize_uuid(std::string_view text);

// ^[a-z0-9][a-z0-9_-]{0,62}$ and not a reserved name. Errors: invalid/bad_slug, invalid/reserved_slug.
Status check_slug(std::string_view slug);

// 32 lower-case hexadecimal digits, which is what an instance's epoch is.
bool is_epoch(std::string_view text);

// What can be a trace id, wherever one is read, stored or sent: 1 to 128 characters of printable ASCII, no space at
// either end, as a header's value could not keep it.
bool is_trace_id(std::string_view text);

}  // namespace choreo
