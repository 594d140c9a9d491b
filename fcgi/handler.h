// The server's handler: requests go to the router, responses come back as answers.
// Thread-safety: as the server asks for (server/handler.h). Ownership: the router outlives it.
#pragma once

#include "fcgi/router.h"
#include "fcgi/server/handler.h"

namespace choreo::fcgi {

class RouterHandler final : public server::Handler {
 public:
  RouterHandler(const Router& router, std::size_t max_body_bytes) : router_(router), max_body_bytes_(max_body_bytes) {}

  server::Start start(server::Request& request, server::Ticket& ticket) override;
  server::Answer serve(server::Request& request) override;
  server::Answer busy(server::Request& request) override;

 private:
  const Router& router_;
  const std::size_t max_body_bytes_;
};

}  // namespace choreo::fcgi
