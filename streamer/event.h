// One operation as a stream sends it: encoded once in the process, shared by every stream of every loop.
//
// Invariants: text() is the whole server-sent event, `id: N\nevent: op\ndata: {…}\n\n`, and never changes.
// Thread-safety: every function may be called from any thread. Ownership: shared; sessions keep one only while it is
// partly sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operation/operation.h"

namespace choreo::streamer {

// What filters look at (SPEC 6).
struct Facts {
  std::optional<Operator> op;  // nothing where the stored text cannot be read: such an operation passes no filter
  std::string table;
  std::vector<std::string> entities;
  std::string trace_id;
};

class Event {
 public:
  // json: the operation as append_json writes it.
  Event(std::int64_t id, std::string_view json);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  std::int64_t id() const { return id_; }
  const std::string& text() const { return text_; }
  std::string_view json() const;
  // Worked out when a filter first asks.
  const Facts& facts() const;

 private:
  std::int64_t id_;
  std::string text_;
  mutable std::atomic<const Facts*> facts_{nullptr};  // set once, owned
};

using EventPtr = std::shared_ptr<const Event>;

// REQUIRES: nothing; the text may come from an older system's log.
Facts facts_of(std::string_view json);

}  // namespace choreo::streamer
