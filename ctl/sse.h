// Server-sent events as the server sends them: taken from pieces of any size. A line, and the data of an event, have at
// most kMaxEventBytes (limits.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace choreo::ctl {

struct Event {
  std::string id;
  std::string name;
  std::string data;
};

class EventReader {
 public:
  explicit EventReader(std::function<bool(const Event&)> on_event) : on_event_(std::move(on_event)) {}
  // False once on_event said so, or once the stream is none that a server of ours sends: then wrong() says why.
  bool take(std::string_view piece);
  const std::string& wrong() const { return wrong_; }
  const std::string& epoch() const { return epoch_; }
  long retry_ms() const { return retry_ms_; }
  void start() { line_.clear(), event_ = {}; }  // of a new connection

 private:
  bool line(std::string_view text);
  bool too_long(const std::string& what);

  std::function<bool(const Event&)> on_event_;
  std::string line_;
  std::string wrong_;
  Event event_;
  std::string epoch_;
  long retry_ms_ = 3000;
};

}  // namespace choreo::ctl
