#include "broker/sequencer.h"

#include <algorithm>
#include <utility>

#include "service/logging.h"

namespace choreo::broker {
namespace {

using wire::Message;
using wire::MessageKind;

std::size_t bytes_of(const Message& message) {
  std::size_t total = 0;
  for (const std::string& record : message.records) total += record.size();
  return total;
}

bool is_absent(const Error& error) {
  return error.kind == ErrorKind::not_found || error.kind == ErrorKind::gone;
}

std::int64_t first_of(const std::vector<Message>& ranges) {
  const auto less = [](const Message& a, const Message& b) { return a.first_id < b.first_id; };
  return std::min_element(ranges.begin(), ranges.end(), less)->first_id;
}

}  // namespace

Sequencer::Sequencer(LogSource& logs, Emit emit, Limits limits)
    : logs_(logs), emit_(std::move(emit)), limits_(limits), warnings_(system_clock()) {}

void Sequencer::warn(const char* what, const std::string& slug, const Error* error) {
  const auto times = warnings_.count();
  if (!times.has_value()) return;
  service::log_warning(what,
                       {{"instance", slug}, {"error", error == nullptr ? "" : error->message}, {"times", *times}});
}

std::optional<log::Head> Sequencer::head(const std::string& slug) const {
  const auto found = instances_.find(slug);
  return found == instances_.end() ? std::nullopt : found->second.head;
}

Sequencer::Instance& Sequencer::touch(const std::string& slug) {
  const auto [found, added] = instances_.try_emplace(slug);
  Instance& instance = found->second;
  if (!added) {
    by_use_.splice(by_use_.begin(), by_use_, instance.use);
    return instance;
  }
  instance.use = by_use_.insert(by_use_.begin(), slug);
  if (instances_.size() > limits_.max_instances) forget(std::string(by_use_.back()));
  return instance;
}

void Sequencer::forget(const std::string& slug) {
  const auto found = instances_.find(slug);
  if (found == instances_.end()) return;
  take_pending(found->second);
  logs_.close(slug);
  by_use_.erase(found->second.use);
  unsettled_.erase(slug);
  with_tails_.erase(slug);
  instances_.erase(found);
}

// The epoch is a copy: it may be that of the instance that is forgotten here.
void Sequencer::end(const std::string& slug, std::string epoch) {
  forget(slug);
  emit_({MessageKind::gone, slug, std::move(epoch), 0, 0, {}});
}

void Sequencer::take(Message message) {
  if (message.kind == MessageKind::committed)
    take_committed(std::move(message));
  else if (message.kind == MessageKind::gone)
    take_gone(message);
}

void Sequencer::take_committed(Message message) {
  Instance& instance = touch(message.slug);
  const auto& head = instance.head;
  if (head.has_value() && head->epoch == message.epoch && message.first_id <= head->last_id + 1) {
    if (log_has(message.slug, instance, message.last_id)) forward(instance, std::move(message));
    return;
  }
  ++pending_ranges_;
  pending_bytes_ += bytes_of(message);
  unsettled_.insert(message.slug);
  instance.pending.push_back(std::move(message));
  if (pending_ranges_ > limits_.max_pending_ranges || pending_bytes_ > limits_.max_pending_bytes) settle();
}

void Sequencer::take_gone(const Message& message) {
  const auto found = instances_.find(message.slug);
  if (found == instances_.end()) return emit_(message);
  Instance& instance = found->second;
  const bool stale = instance.head.has_value() && !message.epoch.empty() && instance.head->epoch != message.epoch;
  if (stale) return;
  emit_(message);
  if (instance.pending.empty()) return forget(message.slug);
  // What is pending may belong to the instance that was made after this one; settle() asks the log.
  instance.head.reset();
  logs_.close(message.slug);
}

// Of the epoch that is known. A log that cannot be read contradicts nobody.
bool Sequencer::log_has(const std::string& slug, Instance& instance, std::int64_t last) {
  if (last <= instance.proven) return true;
  const auto truth = logs_.head(slug);
  if (!truth.ok()) return !is_absent(truth.error());
  if (truth->epoch != instance.head->epoch) return false;  // watching the file tells what it is now
  instance.proven = truth->last_id;
  if (last <= truth->last_id) return true;
  warn("a range was announced that the log does not have", slug, nullptr);
  return false;
}

void Sequencer::forward(Instance& instance, Message range) {
  log::Head& head = *instance.head;
  if (range.last_id <= head.last_id) return;
  const std::int64_t known = head.last_id + 1 - range.first_id;
  if (known > 0) {
    range.first_id += known;
    if (!range.records.empty()) range.records.erase(range.records.begin(), range.records.begin() + known);
  }
  emit_(range);
  head.last_id = range.last_id;
}

std::vector<Message> Sequencer::take_pending(Instance& instance) {
  for (const Message& range : instance.pending) pending_bytes_ -= bytes_of(range);
  pending_ranges_ -= instance.pending.size();
  return std::exchange(instance.pending, {});
}

void Sequencer::settle() {
  for (const std::string& slug : std::exchange(unsettled_, {})) settle_instance(slug);
}

void Sequencer::settle_instance(const std::string& slug) {
  const auto found = instances_.find(slug);
  if (found == instances_.end()) return;
  Instance& instance = found->second;
  std::vector<Message> ranges = take_pending(instance);
  if (!agree_with_log(slug, instance, ranges)) return;
  const auto less = [](const Message& a, const Message& b) { return a.first_id < b.first_id; };
  std::stable_sort(ranges.begin(), ranges.end(), less);
  for (Message& range : ranges)
    if (!place(slug, instance, std::move(range))) return;
}

// Finds out which epoch is the true one where that is in question, and removes the ranges that are not of it. False if
// there is no such instance any more.
bool Sequencer::agree_with_log(const std::string& slug, Instance& instance, std::vector<Message>& ranges) {
  const auto agrees = [&](const Message& range) {
    return instance.head.has_value() && range.epoch == instance.head->epoch;
  };
  if (std::all_of(ranges.begin(), ranges.end(), agrees)) return true;

  const auto truth = logs_.head(slug);
  if (!truth.ok() && is_absent(truth.error())) {
    end(slug, instance.head.has_value() ? instance.head->epoch : ranges.back().epoch);
    return false;
  }
  if (!truth.ok()) warn("a log cannot be read", slug, &truth.error());
  const std::string epoch = truth.ok()                  ? truth->epoch
                            : instance.head.has_value() ? instance.head->epoch
                                                        : ranges.back().epoch;
  std::erase_if(ranges, [&](const Message& range) {
    return range.epoch != epoch || (truth.ok() && range.last_id > truth->last_id);
  });
  if (instance.head.has_value() && instance.head->epoch == epoch) return true;
  if (instance.head.has_value()) emit_({MessageKind::gone, slug, instance.head->epoch, 0, 0, {}});
  const std::int64_t known = truth.ok() ? truth->last_id : 0;
  instance.head = log::Head{epoch, ranges.empty() ? known : first_of(ranges) - 1};
  instance.proven = known;
  instance.tail = 0;
  return true;
}

// False if the instance is gone.
bool Sequencer::place(const std::string& slug, Instance& instance, Message range) {
  if (range.first_id > instance.head->last_id + 1) {
    const Filled filled = fill(slug, instance, range.first_id - 1);
    if (filled == Filled::gone) return false;
    if (filled == Filled::false_claim) {
      warn("a range was announced that the log does not have", slug, nullptr);
      return true;
    }
  }
  if (log_has(slug, instance, range.last_id)) forward(instance, std::move(range));
  return true;
}

// Emits what the log has from the head to last.
Sequencer::Filled Sequencer::fill(const std::string& slug, Instance& instance, std::int64_t last) {
  std::int64_t left = limits_.max_fetched_operations;
  while (instance.head->last_id < last) {
    if (left <= 0) return tell_without_records(slug, instance, last);
    const auto fetched = fetch_page(slug, instance, last);
    if (!fetched.ok() && is_absent(fetched.error())) {
      end(slug, instance.head->epoch);
      return Filled::gone;
    }
    if (!fetched.ok()) {
      warn("missing operations cannot be read", slug, &fetched.error());
      return tell_without_records(slug, instance, last);
    }
    if (*fetched == 0) return Filled::false_claim;
    left -= *fetched;
  }
  return Filled::whole;
}

Sequencer::Filled Sequencer::tell_without_records(const std::string& slug, Instance& instance, std::int64_t last) {
  const auto truth = logs_.head(slug);
  if (truth.ok() && truth->last_id < last) return Filled::false_claim;
  forward(instance, {MessageKind::committed, slug, instance.head->epoch, instance.head->last_id + 1, last, {}});
  return Filled::whole;
}

// How many operations were emitted.
Result<std::int64_t> Sequencer::fetch_page(const std::string& slug, Instance& instance, std::int64_t last) {
  const log::Head before = *instance.head;
  CHOREO_ASSIGN(std::vector<std::string> records, logs_.page(slug, before.epoch, before.last_id, last));
  Message range{MessageKind::committed, slug, before.epoch, before.last_id + 1, before.last_id, {}};
  std::size_t bytes = 0;
  const auto flush = [&] {
    if (range.last_id < range.first_id) return;
    forward(instance, range);
    range.first_id = range.last_id + 1;
    range.records.clear();
    bytes = 0;
  };
  for (std::string& record : records) {
    const std::size_t size = record.size() + wire::kRecordOverheadBytes;
    if (bytes + size > wire::kMaxRecordBytes) flush();
    bytes += size;
    ++range.last_id;
    range.records.push_back(std::move(record));
  }
  flush();
  return static_cast<std::int64_t>(records.size());
}

void Sequencer::observe(const std::string& slug, const std::optional<log::Head>& seen, std::int64_t now_ms) {
  if (!seen.has_value()) {
    const auto known = head(slug);
    if (known.has_value()) end(slug, known->epoch);
    return;
  }
  Instance& instance = touch(slug);
  if (instance.head.has_value() && instance.head->epoch != seen->epoch) {
    emit_({MessageKind::gone, slug, instance.head->epoch, 0, 0, {}});
    instance.head.reset();
  }
  // A lower head is that of a file put back from a copy.
  if (!instance.head.has_value() || seen->last_id < instance.head->last_id) {
    instance.head = *seen;
    instance.proven = seen->last_id;
    instance.tail = 0;
  }
  if (seen->last_id == instance.head->last_id) return;
  if (instance.tail <= instance.head->last_id) instance.tail_ms = now_ms;
  instance.tail = seen->last_id;
  with_tails_.insert(slug);
}

void Sequencer::recover_tails(std::int64_t now_ms) {
  for (const std::string& slug : std::set<std::string>(with_tails_)) {
    const auto found = instances_.find(slug);
    if (found == instances_.end()) continue;
    Instance& instance = found->second;
    const bool ahead = instance.head.has_value() && instance.tail > instance.head->last_id;
    if (ahead && now_ms - instance.tail_ms < limits_.tail_grace_ms) continue;
    with_tails_.erase(slug);
    if (ahead) fill(slug, instance, instance.tail);
  }
}

}  // namespace choreo::broker
