// A client's keys: the same key with the same operation gets the first answer again (SPEC 2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "append/appender.h"
#include "log/writer.h"

namespace choreo::append {

// The keys of a request as they are stored: 'k:' and the header's text, 'g:' and the body's guid.
std::vector<std::string> keys_of(const Request& request);

// The first answer if a key is known for this very operation; nothing if no key is known.
// Error conflict/idempotency_conflict if one is known for another operation.
Result<std::optional<Answer>> find_duplicate(log::Writer& writer, const Request& request);

// Adds to the list of the answer while it has room: kMaxGeneratedInAnswer, kMaxGeneratedBytesInAnswer.
void list_generated(Answer& answer, const Operation& generated);

// Remembers the request's keys. last_id: of the last operation generated with it, else the operation's own.
Status remember(log::Writer& writer, const Request& request, const Answer& answer, std::int64_t last_id);

}  // namespace choreo::append
