#include "dispatcher/inbox.h"

#include <algorithm>
#include <utility>

namespace choreo::dispatcher {
namespace {

void note_head(std::map<std::string, log::Head>& heads, const wire::Message& message) {
  log::Head& head = heads[message.slug];
  if (head.epoch != message.epoch) head = {message.epoch, message.last_id};
  head.last_id = std::max(head.last_id, message.last_id);
}

}  // namespace

void Inbox::put(const wire::Message& message) {
  {
    const std::lock_guard lock(mutex_);
    switch (message.kind) {
      case wire::MessageKind::committed:
      case wire::MessageKind::head:
        note_head(hints_.heads, message);
        break;
      case wire::MessageKind::gone:
        hints_.gone.insert(message.slug);
        break;
      case wire::MessageKind::returned:
        hints_.gone.insert(message.slug);
        hints_.heads[message.slug] = {message.epoch, message.last_id};
        break;
      case wire::MessageKind::webhooks_changed:
        hints_.webhooks_changed = true;
        break;
      case wire::MessageKind::heartbeat:
        return;
    }
  }
  wake_();
}

Hints Inbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(hints_, {});
}

}  // namespace choreo::dispatcher
