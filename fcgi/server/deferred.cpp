#include "fcgi/server/deferred.h"

#include <sys/eventfd.h>

namespace choreo::fcgi::server {

void Deferred::deliver(std::unique_ptr<Deferred> deferred) {
  Mailbox* const mailbox = deferred->place_.mailbox;
  mailbox->put(std::move(deferred));
}

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

// REQUIRES: mutex_ is held.
void Mailbox::notify() {
  if (std::exchange(notified_, true)) return;
  const std::uint64_t one = 1;
  (void)!::write(fd_.get(), &one, sizeof one);  // it cannot fail: the counter is far from its end
}

void Mailbox::put(std::unique_ptr<Deferred> answer) {
  const std::lock_guard lock(mutex_);
  contents_.answers.push_back(std::move(answer));
  notify();
}

void Mailbox::put(std::shared_ptr<Connection> connection, News news, std::uint32_t events) {
  const std::lock_guard lock(mutex_);
  contents_.news.push_back({std::move(connection), news, events});
  notify();
}

Mailbox::Contents Mailbox::take() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(notified_, false)) return {};
  std::uint64_t ignored;
  (void)!::read(fd_.get(), &ignored, sizeof ignored);
  return std::exchange(contents_, {});
}

}  // namespace choreo::fcgi::server
