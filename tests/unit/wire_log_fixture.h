// Real logs in a folder of the test's own, and a handler that collects what a subscriber is told.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "log/instances.h"
#include "log/writer.h"
#include "operation/operation.h"
#include "support/temporary_directory.h"
#include "wire/message.h"

namespace choreo::test {

inline constexpr auto kPatience = std::chrono::seconds(20);

class Logs {
 public:
  const log::Instances& instances() const { return instances_; }
  std::string run_dir() const { return directory_.path(); }
  std::string path(const std::string& slug) const { return instances_.db_path(slug); }

  void create(const std::string& slug) const { REQUIRE(instances_.create(slug).ok()); }
  void remove(const std::string& slug) const { REQUIRE(instances_.remove(slug).ok()); }

  // Appends n operations in one transaction and returns what a worker would publish. Safe from several threads.
  wire::Message append(const std::string& slug, int n, std::size_t bytes = 10) const {
    auto lock = log::InstanceLock::acquire(instances_, slug);
    auto writer = log::Writer::open(instances_, slug, 10000, system_random());
    if (!lock.ok() || !writer.ok() || !writer->begin().ok()) throw std::runtime_error("the log cannot be written");
    wire::Message message{wire::MessageKind::committed, slug, writer->epoch(), writer->head() + 1,
                          writer->head() + n,           {}};
    for (int i = 0; i < n; ++i) {
      Draft draft;
      draft.target = R"({"id":"e","x":")" + std::string(bytes, 'x') + "\"}";
      auto operation = writer->append(draft, system_clock().wall_ms());
      if (!operation.ok()) throw std::runtime_error(operation.error().message);
      append_json(message.records.emplace_back(), *operation);
    }
    if (!writer->commit().ok()) throw std::runtime_error("the log cannot be committed");
    return message;
  }

 private:
  TemporaryDirectory directory_;
  log::Instances instances_ = log::Instances::open(directory_.path() + "/data").value();
};

// What a handler was given, in order. Safe from several threads.
class Inbox {
 public:
  std::function<void(wire::Message)> handler() {
    return [this](wire::Message message) {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
      changed_.notify_all();
    };
  }

  // Waits until a message satisfies the predicate; it and those before it are taken out. Fails the test after
  // kPatience.
  wire::Message wait(const std::function<bool(const wire::Message&)>& wanted) {
    std::unique_lock lock(mutex_);
    std::size_t looked_at = 0;
    const auto found = [&] {
      for (; looked_at < messages_.size(); ++looked_at)
        if (wanted(messages_[looked_at])) return true;
      return false;
    };
    const bool came = changed_.wait_for(lock, kPatience, found);
    if (!came) throw std::runtime_error("the message that was waited for did not come");
    wire::Message message = messages_[looked_at];
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(looked_at) + 1);
    return message;
  }
  wire::Message wait(wire::MessageKind kind, const std::string& slug) {
    return wait([&](const wire::Message& m) { return m.kind == kind && m.slug == slug; });
  }
  // Until growth of slug up to last is known, whatever tells it.
  wire::Message wait_for(const std::string& slug, std::int64_t last) {
    return wait([&](const wire::Message& m) {
      return m.slug == slug && m.last_id >= last &&
             (m.kind == wire::MessageKind::committed || m.kind == wire::MessageKind::head);
    });
  }
  std::vector<wire::Message> all() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<wire::Message> messages_;
};

}  // namespace choreo::test
