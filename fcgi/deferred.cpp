#include "fcgi/deferred.h"

#include <exception>

#include "fcgi/server/connection.h"
#include "service/logging.h"

namespace choreo::fcgi {

server::Answer Deferred::answer() {
  try {
    Response made = response();
    log_request(*place().connection, asker_, made.status);
    return to_answer(asker_, std::move(made));
  } catch (const std::exception& exception) {
    service::log_error("an answer could not be made", {{"exception", exception.what()}, {"trace_id", asker_.trace_id}});
    return to_answer(asker_, error_response(make_error(ErrorKind::internal, "internal",
                                                       "the answer could not be made; what was asked may be done")));
  }
}

}  // namespace choreo::fcgi
