// The JSON of what a transaction appended, for the broker. Given up once it is more than a message may hold: whoever
// needs it then reads the log (docs/wire.md).
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "operation/operation.h"

namespace choreo::append {

class Records {
 public:
  explicit Records(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void add(const Operation& operation) {
    if (given_up_) return;
    append_json(all_.emplace_back(), operation);
    bytes_ += all_.back().size();
    if (bytes_ <= max_bytes_) return;
    given_up_ = true;
    std::vector<std::string>().swap(all_);
  }
  // How many there are, and back to that many: what was added since is undone.
  std::size_t count() const { return all_.size(); }
  void back_to(std::size_t count) {
    for (; all_.size() > count; all_.pop_back()) bytes_ -= all_.back().size();
  }
  // All of them in order, or none where they were given up.
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::size_t max_bytes_;
  std::vector<std::string> all_;
  std::size_t bytes_ = 0;
  bool given_up_ = false;
};

}  // namespace choreo::append
