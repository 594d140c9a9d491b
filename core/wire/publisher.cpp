#include "wire/publisher.h"

#include <zmq.h>

#include <mutex>

#include "service/logging.h"
#include "wire/names.h"
#include "wire/zmq_socket.h"

namespace choreo::wire {

struct Publisher::Impl {
  ZmqContext context;
  std::mutex mutex;
  ZmqSocket socket{context, ZMQ_PUSH};  // guarded by mutex
};

Publisher::Publisher(const std::string& run_dir) : impl_(std::make_unique<Impl>()) {
  // Queue only for a broker that is there: a message for one that may come in an hour is worth nothing.
  impl_->socket.set(ZMQ_IMMEDIATE, 1);
  const Status connected = impl_->socket.connect(intake_endpoint(run_dir));
  if (!connected.ok()) service::log_error("commits are not announced", connected.error());
}

Publisher::~Publisher() = default;

bool Publisher::publish(const Message& message) {
  const std::string bytes = encode(message);
  const std::lock_guard lock(impl_->mutex);
  return impl_->socket.send(bytes);
}

}  // namespace choreo::wire
