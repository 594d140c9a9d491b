// What a subscriber has told its handler about each instance, and so what is news.
//
// Invariants: for each instance the handler sees one epoch at a time, `gone` before another begins, and no `head` that
// tells nothing new. The file has the last word: where a message and what is known disagree, or an instance is said to
// be gone, the answer is to look. Thread-safety: none; belongs to the subscriber's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wire/head_changes.h"
#include "wire/message.h"

namespace choreo::wire {

struct News {
  std::vector<Message> messages;  // for the handler, in order
  bool look = false;              // read the instance's file, and pass what it says to observed()
};

class KnownHeads {
 public:
  // Whether heard() of this message would tell of nothing that was not told before.
  bool covers(const Message& message) const;
  // A message of the broker about an instance: committed, head or gone.
  News heard(Message message);
  // What the file says.
  std::vector<Message> observed(const Observed& observed);
  // For one more subscriber: what is known, or look.
  News announce(const std::string& slug);
  void forget(const std::string& slug) { known_.erase(slug); }

 private:
  struct Known {
    bool exists = false;
    std::string epoch;
    std::int64_t last_id = 0;
  };
  std::vector<Message> replace(const std::string& slug, const log::Head& head);
  News heard_gone(const Message& message) const;

  std::map<std::string, Known> known_;
};

}  // namespace choreo::wire
