#include "fcgi/deferred.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace choreo::fcgi {

void Deferred::deliver(std::unique_ptr<Deferred> deferred) {
  Mailbox* const mailbox = deferred->ticket_.mailbox;
  mailbox->put(std::move(deferred));
}

Mailbox::Mailbox() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Mailbox::~Mailbox() {
  if (fd_ >= 0) ::close(fd_);
}

void Mailbox::notify() {
  const std::uint64_t one = 1;
  (void)!::write(fd_, &one, sizeof one);  // it cannot fail: the counter is far from its end
}

void Mailbox::put(std::unique_ptr<Deferred> answer) {
  const std::lock_guard lock(mutex_);
  contents_.answers.push_back(std::move(answer));
  if (!std::exchange(notified_, true)) notify();
}

void Mailbox::put_broken(std::shared_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  contents_.broken.push_back(std::move(connection));
  if (!std::exchange(notified_, true)) notify();
}

Mailbox::Contents Mailbox::take() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(notified_, false)) return {};
  std::uint64_t ignored;
  (void)!::read(fd_, &ignored, sizeof ignored);
  return std::exchange(contents_, {});
}

}  // namespace choreo::fcgi
