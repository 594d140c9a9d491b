// Puts the committed ranges of all workers into each instance's id order.
//
// What continues an instance's head is emitted at once. What starts past it waits for settle(), which the broker calls
// when it has taken everything queued: the ranges of different workers have then fallen into place, and what is still
// missing is fetched from the log and emitted first. What is at or below the head is dropped, or cut. Invariants: of
// each instance, committed messages are emitted in id order, without gap or overlap, for as long as it is known and its
// log can be read; `gone` stands between two epochs. Where a message and the log disagree, the log is right: no range
// is emitted that a log which can be read does not have. Bounds:
// Limits; beyond them the sequencer settles early or forgets an instance, which is then learned again. Thread-safety:
// none; belongs to the broker's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/log_source.h"
#include "log/reader.h"
#include "service/throttle.h"
#include "wire/message.h"

namespace choreo::broker {

struct Limits {
  std::size_t max_instances = 16384;            // known at once; the one used least recently is forgotten
  std::size_t max_pending_ranges = 1024;        // of all instances, before settle() comes early
  std::size_t max_pending_bytes = 32u << 20;    // the same, of their records
  std::int64_t max_fetched_operations = 20000;  // of one gap; the rest is told without records
  std::int64_t tail_grace_ms = 100;  // how long a commit's own message may take before its tail counts as lost
};

class Sequencer {
 public:
  using Emit = std::function<void(const wire::Message&)>;

  // logs must outlive the sequencer.
  Sequencer(LogSource& logs, Emit emit, Limits limits = {});

  // A worker's message: committed or gone.
  void take(wire::Message message);
  // Everything queued was taken.
  void settle();
  // What a poll of the file says: an instance's head, or nothing where there is none.
  void observe(const std::string& slug, const std::optional<log::Head>& head, std::int64_t now_ms);
  // Fetches and emits the tails that observe() saw and no message brought since.
  void recover_tails(std::int64_t now_ms);

  // The last that was emitted of an instance; nothing if it is not known.
  std::optional<log::Head> head(const std::string& slug) const;
  std::size_t known_instances() const { return instances_.size(); }

 private:
  struct Instance {
    std::optional<log::Head> head;  // nothing before the first settle()
    std::int64_t proven = 0;        // the log of head's epoch has been seen to have this many operations
    std::vector<wire::Message> pending;
    std::int64_t tail = 0;     // the newest operation seen in the file
    std::int64_t tail_ms = 0;  // since when the file has been ahead
    std::list<std::string>::iterator use;
  };
  enum class Filled { whole, false_claim, gone };

  Instance& touch(const std::string& slug);
  void forget(const std::string& slug);
  void end(const std::string& slug, std::string epoch);
  void take_committed(wire::Message message);
  void take_gone(const wire::Message& message);
  void settle_instance(const std::string& slug);
  std::vector<wire::Message> take_pending(Instance& instance);
  bool agree_with_log(const std::string& slug, Instance& instance, std::vector<wire::Message>& ranges);
  bool place(const std::string& slug, Instance& instance, wire::Message range);
  bool log_has(const std::string& slug, Instance& instance, std::int64_t last);
  void forward(Instance& instance, wire::Message range);
  Filled fill(const std::string& slug, Instance& instance, std::int64_t last);
  Filled tell_without_records(const std::string& slug, Instance& instance, std::int64_t last);
  Result<std::int64_t> fetch_page(const std::string& slug, Instance& instance, std::int64_t last);
  void warn(const char* what, const std::string& slug, const Error* error);

  LogSource& logs_;
  const Emit emit_;
  const Limits limits_;
  std::map<std::string, Instance> instances_;
  std::list<std::string> by_use_;     // of instances_, used last first
  std::set<std::string> unsettled_;   // have pending ranges
  std::set<std::string> with_tails_;  // their file was seen ahead
  std::size_t pending_ranges_ = 0;
  std::size_t pending_bytes_ = 0;
  service::Throttle warnings_;
};

}  // namespace choreo::broker
