// A real broker on a thread of the test.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "broker/broker.h"
#include "unit/wire_log_fixture.h"

namespace choreo::test {

class BrokerThread {
 public:
  explicit BrokerThread(const Logs& logs)
      : stop_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        context_(stop_fd_, logs.run_dir(), "broker"),
        broker_(open(logs)) {
    thread_ = std::thread([this] { status_ = broker_->run(context_); });
  }
  ~BrokerThread() {
    const Status ignored = stop();  // a test that cares has asked before
    ::close(stop_fd_);
  }

  Status stop() {
    if (thread_.joinable()) {
      context_.request_stop();
      thread_.join();
      broker_.reset();
    }
    return status_;
  }

 private:
  static std::unique_ptr<broker::Broker> open(const Logs& logs) {
    auto opened = broker::Broker::open(logs.instances(), logs.run_dir());
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    return std::move(opened).value();
  }

  int stop_fd_;
  service::Context context_;
  std::unique_ptr<broker::Broker> broker_;
  Status status_;
  std::thread thread_;
};

}  // namespace choreo::test
