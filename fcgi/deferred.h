// Answers that are made later, elsewhere: a request whose outcome another thread will know holds no thread meanwhile.
//
// A route's starter (router.h) gets a Ticket, moves it into a Deferred of its own, and hands that to somebody who will
// call deliver(). Thread-safety: deliver() may be called from any thread, once; response() runs on the server's loop.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "fcgi/answer.h"
#include "fcgi/connection.h"

namespace choreo::fcgi {

class Mailbox;

struct Ticket {
  std::shared_ptr<Connection> connection;  // empty: taken
  Mailbox* mailbox = nullptr;
  Asker asker;
};

class Deferred {
 public:
  explicit Deferred(Ticket ticket) : ticket_(std::move(ticket)) {}
  virtual ~Deferred() = default;
  // Called once, after deliver().
  virtual Response response() = 0;
  Ticket& ticket() { return ticket_; }

  static void deliver(std::unique_ptr<Deferred> deferred);

 private:
  Ticket ticket_;
};

// What other threads have for the loop. An eventfd tells that there is something.
class Mailbox {
 public:
  // REQUIRES: valid(), else the system has no descriptor for us.
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  struct Contents {
    std::vector<std::unique_ptr<Deferred>> answers;
    std::vector<std::shared_ptr<Connection>> broken;  // connections to be dropped
  };
  void put(std::unique_ptr<Deferred> answer);
  void put_broken(std::shared_ptr<Connection> connection);
  // Everything, and the eventfd is reset.
  Contents take();

 private:
  void notify();

  int fd_;
  std::mutex mutex_;
  Contents contents_;      // guarded by mutex_
  bool notified_ = false;  // guarded by mutex_
};

}  // namespace choreo::fcgi
