// Answers that are made later, elsewhere (server/deferred.h), as responses.
//
// A route's starter (router.h) gets a Ticket, moves it into a Deferred of its own, and hands that to somebody who will
// call deliver(). Thread-safety: deliver() may be called from any thread, once; response() runs on the server's loop.
#pragma once

#include <utility>

#include "fcgi/answer.h"
#include "fcgi/server/deferred.h"

namespace choreo::fcgi {

struct Ticket {
  server::Ticket place;
  Asker asker;
};

class Deferred : public server::Deferred {
 public:
  explicit Deferred(Ticket ticket) : server::Deferred(std::move(ticket.place)), asker_(std::move(ticket.asker)) {}
  // Called once, after deliver().
  virtual Response response() = 0;
  // The response; what it throws becomes a 500.
  server::Answer answer() final;

  const Asker& asker() const { return asker_; }
  // Back to the starter, where nobody will call deliver().
  Ticket give_back() { return {std::move(place()), std::move(asker_)}; }

 private:
  Asker asker_;
};

}  // namespace choreo::fcgi
