// A webhook as control.db's tables `webhooks` and `deliveries` hold it. Internal to core/control.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/webhooks.h"
#include "sqlite/database.h"

namespace choreo::control {

// The rows that `rest` (a WHERE clause over w, ORDER BY) names. counted: with what is counted, too.
enum class Columns { plain, counted };
Result<sqlite::Statement> select_webhooks(sqlite::Database& db, Columns columns, std::string_view rest);
Result<std::optional<Webhook>> read_one(sqlite::Statement& select);
Result<std::vector<Webhook>> read_all(sqlite::Statement& select);

// Inserts or updates what a client may set, and inserts the state of a new one.
Status write_registration(sqlite::Database& db, const Webhook& webhook);
// Takes it back after it was switched off: the state starts afresh but for its position.
Status revive(sqlite::Database& db, const std::string& webhook_id);
// What waits to be tried again is due at once, also where the endpoint asked for a pause; the dispatcher sees it by
// due_asked.
Status make_due(sqlite::Database& db, const std::string& webhook_id);

}  // namespace choreo::control
