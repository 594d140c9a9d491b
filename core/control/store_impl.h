// What the two halves of the Store share. Internal to core/control.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "control/webhooks.h"
#include "sqlite/database.h"

namespace choreo::control {

struct Store::Impl {
  sqlite::Database db;
  Clock& clock;
  Random& random;

  // Compiled at the first settle() and kept, since it runs at every turn of the dispatcher. They must go before db.
  struct SettleStatements {
    sqlite::Statement last_attempt, state, failed, delivered, attempt, trim;
  };
  SettleStatements settling;

  Impl(sqlite::Database database, Clock& the_clock, Random& the_random)
      : db(std::move(database)), clock(the_clock), random(the_random) {}

  // What a commit promises: on disk (synchronous=FULL), or in the order of commits but perhaps not yet (NORMAL).
  enum class Durability { full, ordered };
  // REQUIRES: no transaction is open.
  Status require(Durability wanted);
  Durability durability = Durability::full;

  // put() within a transaction; the secret is in the answer always.
  struct Put {
    Webhook webhook;
    bool added = false;
  };
  Result<Put> put(Webhook webhook, std::int64_t head, const WebhookLimits& limits);

  std::int64_t max_attempts = 1000;  // bound_history()
  std::int64_t max_age_ms = 30LL * 24 * 3600 * 1000;

  Status prepare_settling();
  Result<std::optional<std::int64_t>> last_attempt(const std::string& webhook_id);
  // before: the id of the last attempt before those of the settlement.
  Status write_attempts(const Settlement& settlement, std::int64_t before);
  Status write_attempt(const std::string& webhook_id, std::int64_t id, const Attempt& attempt);
  Status write_state(const Settlement& settlement, const std::string& now);
  Status write_replay(const Settlement& settlement);
  Status settle_one(const Settlement& settlement, const std::string& now);
};

// Lists as the columns keep them.
std::string encode_strings(const std::vector<std::string>& values);
// Errors of all three: unavailable/corrupt where the text is not what encode_… makes.
Error damaged_column();
Result<std::vector<std::string>> decode_strings(std::string_view array);
std::string encode_integers(const std::vector<std::int64_t>& values);
Result<std::vector<std::int64_t>> decode_integers(std::string_view array);
std::string encode_headers(const std::vector<std::pair<std::string, std::string>>& headers);
Result<std::vector<std::pair<std::string, std::string>>> decode_headers(std::string_view array);

}  // namespace choreo::control
