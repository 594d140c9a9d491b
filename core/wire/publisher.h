// A worker's way to the broker: never blocks, drops when the broker is away or slow (the log has it all).
// Thread-safety: publish() may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "wire/message.h"

namespace choreo::wire {

class Publisher {
 public:
  // run_dir: where the broker's sockets are or will be; a broker that starts later is found.
  explicit Publisher(const std::string& run_dir);
  ~Publisher();

  // False if it was dropped.
  bool publish(const Message& message);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::wire
