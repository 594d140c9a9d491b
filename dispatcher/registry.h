// Which webhooks are at work: control.db's registrations held against the instances that exist.
//
// Purpose: starts and stops endpoints as registrations come, change and go, and removes registrations whose instance
// is gone (or was made anew: another epoch).
// Thread-safety: none; part of the loop's state.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/webhooks.h"
#include "dispatcher/endpoint.h"
#include "dispatcher/log_source.h"
#include "wire/subscriber.h"

namespace choreo::dispatcher {

class Registry {
 public:
  // All outlive it.
  Registry(control::Store& store, LogSource& source, wire::Subscriber& subscriber, const DeliveryPolicy& policy,
           Clock& clock, Random& random)
      : store_(store), source_(source), subscriber_(subscriber), policy_(policy), clock_(clock), random_(random) {}

  // Brings the endpoints in line with control.db and returns those that are new or changed. Where an instance cannot be
  // read now, complete() is false: call again later. An error of control.db changes nothing.
  Result<std::vector<EndpointPtr>> reload();
  bool complete() const { return complete_; }

  // The instance may be gone: the next reload() looks.
  void distrust(const std::string& slug);
  // It will not send again until its registration is changed.
  void stop(const EndpointPtr& endpoint);

  // Null if no webhook of that slug is at work.
  std::shared_ptr<Followed> followed(const std::string& slug) const;
  // Calls f with each endpoint of that instance.
  void each_of(const std::string& slug, const std::function<void(const EndpointPtr&)>& f) const;
  const std::map<std::string, EndpointPtr>& endpoints() const { return endpoints_; }

 private:
  // What was found out about a slug during one reload.
  struct Look {
    bool known = false;
    bool there = false;
    log::Head head;
  };
  std::shared_ptr<Followed> instance_of(const control::Webhook& webhook, std::map<std::string, Look>& looks);
  const Look& look(const std::string& slug, std::map<std::string, Look>& looks);
  Look look(const std::string& slug);
  std::shared_ptr<Followed> follow(const std::string& slug, const log::Head& head);
  EndpointPtr start(const control::Webhook& webhook, const std::shared_ptr<Followed>& instance);
  Status rewind_if_beyond(control::Webhook& webhook);
  Status rewind(control::Webhook& webhook, std::int64_t head);
  void rejoin(const std::shared_ptr<Followed>& instance, const log::Head& head);
  void forget_time_away(control::Webhook& webhook);
  void remove_registration(const control::Webhook& webhook);
  void remove_if_orphaned(const control::Webhook& webhook, std::map<std::string, Look>& looks);
  void unfollow_unused();
  // Lets it end what it has begun. False: there is nothing to wait for.
  bool rest(const std::string& webhook_id);

  control::Store& store_;
  LogSource& source_;
  wire::Subscriber& subscriber_;
  const DeliveryPolicy& policy_;
  Clock& clock_;
  Random& random_;

  std::map<std::string, std::int64_t> returned_;  // in this reload: how far a log that came back is the one it was
  bool complete_ = true;
  bool first_ = true;
  std::map<std::string, EndpointPtr> endpoints_;                           // by webhook id
  std::map<std::string, std::shared_ptr<Followed>> instances_;             // by slug
  std::map<std::string, std::map<std::string, EndpointPtr>> of_instance_;  // slug, webhook id
};

}  // namespace choreo::dispatcher
