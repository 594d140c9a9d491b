// Answers that are made later, elsewhere: a request whose outcome another thread will know holds no thread meanwhile.
//
// A handler's start() gets a Ticket, moves it into a Deferred of its own, and hands that to somebody who will call
// deliver(). Thread-safety: deliver() may be called from any thread, once; answer() runs on the server's loop.
// Ownership: a Deferred keeps its connection alive, and is the mailbox's once it is delivered.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "fcgi/server/answer.h"

namespace choreo::fcgi::server {

class Connection;
class Mailbox;

struct Ticket {
  std::shared_ptr<Connection> connection;  // empty: taken
  Mailbox* mailbox = nullptr;
};

class Deferred {
 public:
  explicit Deferred(Ticket place) : place_(std::move(place)) {}
  virtual ~Deferred() = default;
  // Called once, after deliver().
  virtual Answer answer() = 0;
  Ticket& place() { return place_; }

  static void deliver(std::unique_ptr<Deferred> deferred);

 private:
  Ticket place_;
};

// What other threads have for the loop. An eventfd tells that there is something.
class Mailbox {
 public:
  // REQUIRES: valid(), else the system has no descriptor for us.
  Mailbox();
  bool valid() const { return fd_.get() >= 0; }
  int fd() const { return fd_.get(); }

  enum class News {
    look,     // something happened on it while it was busy
    waiting,  // its reader takes nothing at the moment
    over,     // its answer was the last
    broken,   // nothing can be done with it any more
  };
  struct Contents {
    std::vector<std::unique_ptr<Deferred>> answers;
    struct Item {
      std::shared_ptr<Connection> connection;
      News news;
      std::uint32_t events;  // of look
    };
    std::vector<Item> news;
  };
  void put(std::unique_ptr<Deferred> answer);
  void put(std::shared_ptr<Connection> connection, News news, std::uint32_t events = 0);
  // Everything, and the eventfd is reset.
  Contents take();

 private:
  void notify();

  const Descriptor fd_;
  std::mutex mutex_;
  Contents contents_;      // guarded by mutex_
  bool notified_ = false;  // guarded by mutex_
};

}  // namespace choreo::fcgi::server
