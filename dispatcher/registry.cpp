#include "dispatcher/registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/timestamp.h"
#include "service/logging.h"

namespace choreo::dispatcher {

Result<std::vector<EndpointPtr>> Registry::reload() {
  CHOREO_ASSIGN(const std::vector<control::Webhook> webhooks, store_.all());
  complete_ = true;
  std::map<std::string, Look> looks;
  std::set<std::string> kept;
  std::vector<EndpointPtr> changed;
  for (const control::Webhook& webhook : webhooks) {
    if (!webhook.active || !webhook.disabled_reason.empty()) {
      if (first_) remove_if_orphaned(webhook, looks);
      if (rest(webhook.id)) kept.insert(webhook.id);
      continue;
    }
    const std::shared_ptr<Followed> instance = instance_of(webhook, looks);
    if (instance || !looks[webhook.instance].known) kept.insert(webhook.id);
    if (!instance) continue;
    if (const auto at_work = endpoints_.find(webhook.id); at_work != endpoints_.end()) {
      if (at_work->second->resting) continue;  // it is started anew once it has stopped
      at_work->second->configure(webhook);
      changed.push_back(at_work->second);
    } else if (EndpointPtr started = start(webhook, instance)) {
      changed.push_back(std::move(started));
    }
  }
  const std::map<std::string, EndpointPtr> before = endpoints_;
  for (const auto& [id, endpoint] : before)
    if (!kept.contains(id)) stop(endpoint);
  unfollow_unused();
  returned_.clear();
  first_ = false;
  return changed;
}

// Null where the instance is gone (then the registration goes too) or cannot be read now.
std::shared_ptr<Followed> Registry::instance_of(const control::Webhook& webhook, std::map<std::string, Look>& looks) {
  std::shared_ptr<Followed> at_hand = followed(webhook.instance);
  if (at_hand && at_hand->epoch == webhook.epoch && !at_hand->distrusted) return at_hand;
  const Look& seen = look(webhook.instance, looks);
  if (!seen.known) {
    complete_ = false;
    return nullptr;
  }
  if (!seen.there || seen.head.epoch != webhook.epoch) {
    remove_registration(webhook);
    return nullptr;
  }
  return follow(webhook.instance, seen.head);
}

// Paused and disabled ones follow no instance, so nobody tells that theirs has gone: looked at once, at the start.
void Registry::remove_if_orphaned(const control::Webhook& webhook, std::map<std::string, Look>& looks) {
  const Look& seen = look(webhook.instance, looks);
  if (seen.known && (!seen.there || seen.head.epoch != webhook.epoch)) remove_registration(webhook);
}

const Registry::Look& Registry::look(const std::string& slug, std::map<std::string, Look>& looks) {
  auto seen = looks.find(slug);
  if (seen == looks.end()) seen = looks.emplace(slug, look(slug)).first;
  return seen->second;
}

Registry::Look Registry::look(const std::string& slug) {
  const Result<log::Head> head = source_.head(slug);
  Look look;
  if (head.ok()) {
    look = {true, true, *head};
  } else if (head.error().kind == ErrorKind::not_found || head.error().kind == ErrorKind::gone) {
    look.known = true;
  } else {
    service::log_error("instance cannot be read", head.error(), {{"instance", slug}});
    return look;
  }
  const std::shared_ptr<Followed> at_hand = followed(slug);
  if (!at_hand) return look;
  at_hand->distrusted = false;
  if (look.there && look.head.epoch == at_hand->epoch) {
    rejoin(at_hand, look.head);
    return look;
  }
  complete_ = false;  // registrations seen before this one may have been taken for those of the instance that is gone
  source_.forget(slug);
  const auto endpoints = of_instance_[slug];
  for (const auto& [id, endpoint] : endpoints) stop(endpoint);
  unfollow_unused();
  return look;
}

// A log that is there under its epoch may be a copy of before that was put back: webhooks that have gone beyond what it
// has in common with the one they know go back to there.
void Registry::rejoin(const std::shared_ptr<Followed>& instance, const log::Head& head) {
  const Result<std::int64_t> kept = source_.unchanged_up_to(instance->slug, head.epoch, head.last_id);
  if (!kept.ok()) {
    service::log_error("instance cannot be read", kept.error(), {{"instance", instance->slug}});
    instance->distrusted = true;
    complete_ = false;
    return;
  }
  instance->head = head.last_id;
  returned_[instance->slug] = *kept;
  const auto endpoints = of_instance_[instance->slug];
  for (const auto& [id, endpoint] : endpoints)
    if (endpoint->state.frontier() > *kept) stop(endpoint);
}

std::shared_ptr<Followed> Registry::follow(const std::string& slug, const log::Head& head) {
  auto& instance = instances_[slug];
  if (!instance) {
    instance = std::make_shared<Followed>();
    instance->slug = slug;
    instance->epoch = head.epoch;
    subscriber_.subscribe(slug);
  }
  instance->head = std::max(instance->head, head.last_id);
  return instance;
}

// A log that lost its end gives ids that were settled to new operations, which are to be delivered. What was followed
// before may know less than the log has, so the log is asked.
Status Registry::rewind_if_beyond(control::Webhook& webhook) {
  CHOREO_ASSIGN(const log::Head head, source_.head(webhook.instance));
  if (webhook.frontier <= head.last_id || webhook.epoch != head.epoch) return {};
  return rewind(webhook, head.last_id);
}

Status Registry::rewind(control::Webhook& webhook, std::int64_t head) {
  service::log_warning("the log is not the one that the webhook knows; it goes on from where they part",
                       {{"webhook", webhook.id},
                        {"instance", webhook.instance},
                        {"position", webhook.frontier},
                        {"goes_on_after", head}});
  CHOREO_TRY(store_.rewind(webhook, head));
  webhook.frontier = head;
  ++webhook.rewinds;
  std::erase_if(webhook.open, [&](std::int64_t op_id) { return op_id > head; });
  return {};
}

// Time in which nothing was tried is no time of failures.
void Registry::forget_time_away(control::Webhook& webhook) {
  const Result<std::int64_t> last = parse_timestamp(webhook.last_attempt);
  if (webhook.failing_since_ms == 0 || !last.ok()) return;
  webhook.failing_since_ms += std::max<std::int64_t>(0, clock_.wall_ms() - *last);
}

EndpointPtr Registry::start(const control::Webhook& stored, const std::shared_ptr<Followed>& instance) {
  control::Webhook webhook = stored;
  Status rewound;
  const auto returned = returned_.find(webhook.instance);
  if (returned != returned_.end() && webhook.frontier > returned->second)
    rewound = rewind(webhook, returned->second);
  else if (webhook.frontier > instance->head)
    rewound = rewind_if_beyond(webhook);
  if (!rewound.ok()) {
    service::log_error("webhook cannot be set back", rewound.error(), {{"webhook", webhook.id}});
    complete_ = false;
    return nullptr;
  }
  const Result<std::int64_t> retries = store_.retry_count(webhook.id);
  if (!retries.ok()) {
    service::log_error("webhook cannot be read", retries.error(), {{"webhook", webhook.id}});
    complete_ = false;
    return nullptr;
  }
  forget_time_away(webhook);
  // One that was stored while the clock was ahead must not last longer than an endpoint may ask for.
  webhook.paused_until_ms = std::min(webhook.paused_until_ms, clock_.wall_ms() + kMaxRetryAfterMs);
  auto endpoint = std::make_shared<Endpoint>(webhook, instance, static_cast<std::size_t>(*retries), policy_, random_);
  endpoints_[webhook.id] = endpoint;
  of_instance_[webhook.instance][webhook.id] = endpoint;
  service::log_info(
      "webhook starts",
      {{"webhook", webhook.id}, {"instance", webhook.instance}, {"cursor", webhook.cursor}, {"retries", *retries}});
  return endpoint;
}

// Outcomes of what is on its way count: dropped, they would have it sent again after the pause.
bool Registry::rest(const std::string& webhook_id) {
  const auto at_work = endpoints_.find(webhook_id);
  if (at_work == endpoints_.end() || !at_work->second->busy()) return false;
  at_work->second->resting = true;
  return true;
}

void Registry::stop(const EndpointPtr& endpoint) {
  endpoint->stopped = true;
  endpoints_.erase(endpoint->id());
  of_instance_[endpoint->instance->slug].erase(endpoint->id());
  service::log_info("webhook stops", {{"webhook", endpoint->id()}, {"instance", endpoint->instance->slug}});
}

void Registry::remove_registration(const control::Webhook& webhook) {
  const Result<bool> removed = store_.remove_by_id(webhook.instance, webhook.epoch, webhook.id);
  if (!removed.ok()) {
    service::log_error("webhook cannot be removed", removed.error(), {{"webhook", webhook.id}});
    complete_ = false;
    return;
  }
  service::log_info("webhook removed with its instance", {{"webhook", webhook.id}, {"instance", webhook.instance}});
}

void Registry::unfollow_unused() {
  for (auto at = instances_.begin(); at != instances_.end();) {
    const auto endpoints = of_instance_.find(at->first);
    if (endpoints != of_instance_.end() && !endpoints->second.empty()) {
      ++at;
      continue;
    }
    if (endpoints != of_instance_.end()) of_instance_.erase(endpoints);
    subscriber_.unsubscribe(at->first);
    source_.forget(at->first);
    at = instances_.erase(at);
  }
}

void Registry::distrust(const std::string& slug) {
  if (const std::shared_ptr<Followed> instance = followed(slug)) instance->distrusted = true;
}

std::shared_ptr<Followed> Registry::followed(const std::string& slug) const {
  const auto found = instances_.find(slug);
  return found == instances_.end() ? nullptr : found->second;
}

void Registry::each_of(const std::string& slug, const std::function<void(const EndpointPtr&)>& f) const {
  const auto found = of_instance_.find(slug);
  if (found == of_instance_.end()) return;
  for (const auto& [id, endpoint] : found->second) f(endpoint);
}

}  // namespace choreo::dispatcher
