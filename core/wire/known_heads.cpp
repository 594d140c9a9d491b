#include "wire/known_heads.h"

#include <utility>

namespace choreo::wire {
namespace {

Message head_message(const std::string& slug, const log::Head& head) {
  return {MessageKind::head, slug, head.epoch, 0, head.last_id, {}};
}

Message gone_message(const std::string& slug, const std::string& epoch) {
  return {MessageKind::gone, slug, epoch, 0, 0, {}};
}

}  // namespace

// Streams end with it and their clients do not come back, so nobody's word is enough.
News KnownHeads::heard_gone(const Message& message) const {
  const auto found = known_.find(message.slug);
  return {{}, found == known_.end() || found->second.exists};
}

bool KnownHeads::covers(const Message& message) const {
  const auto found = known_.find(message.slug);
  return found != known_.end() && found->second.exists && found->second.epoch == message.epoch &&
         message.last_id <= found->second.last_id;
}

News KnownHeads::heard(Message message) {
  if (message.kind == MessageKind::gone) return heard_gone(message);
  const auto found = known_.find(message.slug);
  if (found == known_.end() || (found->second.exists && found->second.epoch != message.epoch)) return {{}, true};
  Known& known = found->second;
  const bool news = !known.exists || message.last_id > known.last_id;
  if (news) known = {true, message.epoch, message.last_id};
  if (!news && message.kind == MessageKind::head) return {};
  return {{std::move(message)}, false};
}

std::vector<Message> KnownHeads::replace(const std::string& slug, const log::Head& head) {
  Known& known = known_[slug];
  std::vector<Message> out;
  if (known.exists) out.push_back(gone_message(slug, known.epoch));
  known = {true, head.epoch, head.last_id};
  out.push_back(head_message(slug, head));
  return out;
}

std::vector<Message> KnownHeads::observed(const Observed& observed) {
  const auto found = known_.find(observed.slug);
  if (!observed.head.has_value()) {
    if (found != known_.end() && !found->second.exists) return {};
    const std::string epoch = found == known_.end() ? "" : found->second.epoch;
    known_[observed.slug] = Known{};
    return {gone_message(observed.slug, epoch)};
  }
  const log::Head& head = *observed.head;
  if (found == known_.end() || !found->second.exists || found->second.epoch != head.epoch)
    return replace(observed.slug, head);
  Known& known = found->second;
  // A file that was put back from a copy has the epoch that is known; by now its head may be beyond the one before.
  if (observed.returned || head.last_id < known.last_id) {
    known.last_id = head.last_id;
    return {{MessageKind::returned, observed.slug, head.epoch, 0, head.last_id, {}}};
  }
  if (head.last_id == known.last_id) return {};
  known.last_id = head.last_id;
  return {head_message(observed.slug, head)};
}

News KnownHeads::announce(const std::string& slug) {
  const auto found = known_.find(slug);
  if (found != known_.end() && found->second.exists)
    return {{head_message(slug, {found->second.epoch, found->second.last_id})}, false};
  // It may have been made since it was found to be gone.
  known_.erase(slug);
  return {{}, true};
}

}  // namespace choreo::wire
