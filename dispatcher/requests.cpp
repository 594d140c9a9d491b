// The part of the loop that does what workers ask for through control.db: tests and replays.
#include <algorithm>

#include "dispatcher/envelope.h"
#include "dispatcher/loop.h"
#include "dispatcher/loop_limits.h"
#include "service/logging.h"

namespace choreo::dispatcher {

void Loop::take_pings() {
  Result<std::vector<control::Ping>> pings = store_.take_pings();
  if (!pings.ok()) return service::log_error("tests of webhooks cannot be read", pings.error());
  pings_.insert(pings_.end(), pings->begin(), pings->end());
}

// A test does not wait behind deliveries, and may be made of one that is disabled. One that is delivered says that the
// endpoint is back; else it touches no state of the webhook.
void Loop::start_pings() {
  while (!pings_.empty() && !transport_.full()) {
    const control::Ping ping = pings_.front();
    pings_.pop_front();
    const auto webhook = store_.registration(ping.webhook_id);
    if (!webhook.ok() || !*webhook)
      continue;  // removed meanwhile; or whoever asked for it will be told that it took long
    const std::uint64_t token = next_token_++;
    const Status started = start_ping(token, **webhook, ping);
    if (started.ok())
      flights_.emplace(token, Flight{nullptr, ping, 0, 0, false, ""});
    else
      service::log_error("a webhook cannot be tested", started.error(), {{"webhook", ping.webhook_id}});
  }
}

Status Loop::start_ping(std::uint64_t token, const control::Webhook& webhook, const control::Ping& ping) {
  CHOREO_ASSIGN(Request request, Envelope(webhook).ping(ping, clock_.wall_ms()));
  request.timeout_ms = kPingTimeoutMs;
  return transport_.start(token, std::move(request));
}

void Loop::finish(const control::Ping& ping, const Answer& answer) {
  const Outcome outcome = outcome_of(answer);
  const Status stored = store_.end_ping(ping, attempt_of(outcome, 0, 1, now_ms()));
  if (!stored.ok())
    service::log_error("the outcome of a test cannot be stored", stored.error(), {{"webhook", ping.webhook_id}});
  // What waits is due, and the registrations tell its endpoint.
  if (stored.ok() && outcome.kind == Outcome::Kind::delivered) reload_wanted_ = true;
}

bool Loop::take_replay(const EndpointPtr& endpoint) {
  if ((!endpoint->replay && !endpoint->replays_wait) || !endpoint->state.takes_replay()) return false;
  if (!endpoint->replay) {
    Result<std::optional<control::Replay>> next = store_.next_replay(endpoint->id());
    if (!next.ok()) {
      service::log_error("a replay cannot be read", next.error(), {{"webhook", endpoint->id()}});
      return false;
    }
    endpoint->replay = *std::move(next);
    endpoint->replays_wait = endpoint->replay.has_value();
    if (!endpoint->replay) return false;
  }
  const Result<Portion> portion = portion_of(*endpoint, *endpoint->replay);
  if (!portion.ok()) {
    block(endpoint, portion.error());
    return false;
  }
  endpoint->state.replay(portion->op_ids, *endpoint->replay, portion->done, now_ms());
  if (portion->done) endpoint->replay.reset();
  mark_dirty(endpoint, false);
  return true;
}

// Moves the replay on beyond what it returns. What lies beyond the frontier is left to the log, which comes to it.
Result<Loop::Portion> Loop::portion_of(const Endpoint& endpoint, control::Replay& replay) {
  if (replay.kind == control::Replay::Kind::range) return portion_of_log(endpoint, replay);
  Portion portion;
  if (replay.kind == control::Replay::Kind::dead) {
    CHOREO_ASSIGN(const std::vector<control::Retry> rows,
                  store_.dead(endpoint.id(), replay.next_id - 1, kReplayPortion));
    for (const control::Retry& row : rows)
      if (row.op_id <= replay.last_id) portion.op_ids.push_back(row.op_id);
  } else {
    auto next = std::lower_bound(replay.ids.begin(), replay.ids.end(), replay.next_id);
    for (; next != replay.ids.end() && portion.op_ids.size() < kReplayPortion; ++next)
      if (*next <= endpoint.state.frontier()) portion.op_ids.push_back(*next);
  }
  portion.done = portion.op_ids.size() < kReplayPortion;
  if (!portion.op_ids.empty()) replay.next_id = portion.op_ids.back() + 1;
  return portion;
}

Result<Loop::Portion> Loop::portion_of_log(const Endpoint& endpoint, control::Replay& replay) {
  const Followed& instance = *endpoint.instance;
  const std::int64_t last_id = std::min(replay.last_id, endpoint.state.frontier());
  Portion portion;
  for (int looked_at = 0; looked_at < kScanATurn && portion.op_ids.size() < kReplayPortion; ++looked_at) {
    portion.done = replay.next_id > last_id;
    if (portion.done) break;
    CHOREO_ASSIGN(const RecordPtr record, source_.find(instance.slug, instance.epoch, replay.next_id));
    portion.done = !record;  // the log lost its end
    if (portion.done) break;
    if (endpoint.passes(*record)) portion.op_ids.push_back(replay.next_id);
    ++replay.next_id;
  }
  return portion;
}

}  // namespace choreo::dispatcher
