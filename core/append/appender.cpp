#include "append/appender.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>

#include "append/apply_slots.h"
#include "append/batch.h"
#include "base/semaphore.h"
#include "base/thread_pool.h"
#include "json/object.h"
#include "json/string.h"
#include "log/writer.h"

namespace choreo::append {
namespace {

struct AwaitedTask : Task {
  void finished() override { done.post(); }
  Semaphore done;
};

Task& task_of(GroupCommit::Entry* entry) {
  return *static_cast<Task*>(entry);
}

void set_trace(Draft& draft, const std::string& trace_id) {
  if (trace_id.empty()) return;
  json::Object context = json::Object::parse(draft.context);
  context.set_owned("trace_id", json::quote(trace_id));
  draft.context = context.text();
}

}  // namespace

struct Appender::Impl {
  struct Instance {
    Instance(const Options& options, QueueRoom& all)
        : queue(options.max_batch, options.max_batch_bytes, options.max_waiting / 2, options.max_waiting_bytes / 2,
                all) {}
    GroupCommit queue;
    std::optional<log::Writer> writer;  // touched only in the queue's turns, as are the rules
    Rules rules;
    std::int64_t last_used = 0;  // guarded by Impl::mutex
  };

  Impl(log::Instances where, Clock& time, Random& source, Options limits, std::function<void(const Committed&)> publish)
      : instances(std::move(where)),
        clock(time),
        random(source),
        options(limits),
        on_committed(std::move(publish)),
        room(limits.max_waiting, limits.max_waiting_bytes),
        committers(limits.max_committers),
        long_committers(limits.max_long_committers) {}

  log::Instances instances;
  Clock& clock;
  Random& random;
  Options options;
  std::function<void(const Committed&)> on_committed;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Instance>> open;  // guarded by mutex
  QueueRoom room;                                         // of all instances' queues
  ApplySlots slots;                                       // of batches that are short
  ApplySlots long_slots;  // of compound operations, seeds, and batches that turned out to be long
  // Last: their threads end before what they use goes.
  ThreadPool committers;
  ThreadPool long_committers;

  // Makes what is not there; find_open() does not.
  std::shared_ptr<Instance> find(const std::string& slug);
  std::shared_ptr<Instance> find_open(const std::string& slug);
  void evict(const Instance* kept);
  Status ready_writer(Instance& instance, const std::string& slug);
  // Error not_found/unknown_instance.
  Result<std::shared_ptr<Instance>> find_existing(const std::string& slug);
  using Entries = std::span<GroupCommit::Entry* const>;
  using Take = std::function<Entries()>;
  using Next = GroupCommit::Next;
  void tell(const Committed& committed) noexcept;
  Result<Committed> commit_within(Turn& turn, Batch& transaction, const std::string& slug);
  Status commit_batch(Instance& instance, const std::string& slug, Next kind, const Take& take);
  void commit_all(Instance& instance, const std::string& slug, Next kind, const Take& take);
  std::vector<GroupCommit::Entry*> run_batch(Instance& instance, const std::string& slug, Next kind);
  ThreadPool& pool_of(Next kind) { return kind == Next::compound ? long_committers : committers; }
  // Has a committer lead the instance's queue. REQUIRES: nobody leads it, and the caller was told to.
  void lead(std::shared_ptr<Instance> instance, const std::string& slug);
  void work_off(std::shared_ptr<Instance> instance, const std::string& slug, Next kind);
  Result<std::int64_t> seed_locked(Instance& instance, const std::string& slug,
                                   const std::function<Result<std::optional<Draft>>()>& next,
                                   const std::string& trace_id);
  Status remove_if_empty(Instance& instance, const std::string& slug);
  void run_exclusive(const std::string& slug, const std::function<void(Instance&)>& job);
};

std::shared_ptr<Appender::Impl::Instance> Appender::Impl::find(const std::string& slug) {
  const std::lock_guard lock(mutex);
  std::shared_ptr<Instance>& instance = open[slug];
  if (!instance) {
    instance = std::make_shared<Instance>(options, room);
    evict(instance.get());
  }
  instance->last_used = clock.steady_ms();
  return instance;
}

std::shared_ptr<Appender::Impl::Instance> Appender::Impl::find_open(const std::string& slug) {
  const std::lock_guard lock(mutex);
  const auto it = open.find(slug);
  if (it == open.end()) return nullptr;
  it->second->last_used = clock.steady_ms();
  return it->second;
}

// The least recently used that nobody holds. Copies of the pointer are made under the mutex only, so use_count is
// exact.
void Appender::Impl::evict(const Instance* kept) {
  while (open.size() > options.max_open_instances) {
    auto oldest = open.end();
    for (auto it = open.begin(); it != open.end(); ++it)
      if (it->second.use_count() == 1 && it->second.get() != kept &&
          (oldest == open.end() || it->second->last_used < oldest->second->last_used))
        oldest = it;
    if (oldest == open.end()) return;
    open.erase(oldest);
  }
}

// REQUIRES: the InstanceLock is held. A file that was deleted or replaced since it was opened must not be written to.
Status Appender::Impl::ready_writer(Instance& instance, const std::string& slug) {
  Result<log::FileIdentity> now = instances.identity(slug);
  if (!now.ok()) {
    instance.writer.reset();
    return std::move(now).error();
  }
  if (instance.writer && instance.writer->file() == *now) return {};
  instance.writer.reset();
  instance.rules = Rules();
  CHOREO_ASSIGN(instance.writer, log::Writer::open(instances, slug, options.lock_timeout_ms, random,
                                                   options.snapshot_interval, options.max_wal_bytes));
  return {};
}

// A hint: what is not told is found in the log. It must not turn what is committed into a refusal.
void Appender::Impl::tell(const Committed& committed) noexcept {
  if (committed.first_id == 0) return;
  try {
    on_committed(committed);
  } catch (...) {
  }
}

Result<Committed> Appender::Impl::commit_within(Turn& turn, Batch& transaction, const std::string& slug) {
  std::int64_t began_us = 0;
  const auto before_sync = [&] {
    if (slots.disk_is_slow()) turn.release();
    began_us = clock.steady_us();
  };
  return transaction.commit(slug, before_sync, [&] { slots.note_sync(clock.steady_us() - began_us); });
}

// What may wait for others comes first, then the slot, then what is to be committed: it gathers meanwhile.
Status Appender::Impl::commit_batch(Instance& instance, const std::string& slug, Next kind, const Take& take) {
  CHOREO_ASSIGN(const log::InstanceLock lock, log::InstanceLock::acquire(instances, slug));
  CHOREO_TRY(ready_writer(instance, slug));
  Batch transaction(*instance.writer, instance.rules, clock, options.max_record_bytes, options.generated);
  CHOREO_TRY(transaction.begin());
  Turn turn(kind == Next::compound ? long_slots : slots, long_slots, clock);
  transaction.call_between([&turn] { turn.look(); });
  for (GroupCommit::Entry* entry : take()) {
    Task& task = task_of(entry);
    task.result = transaction.append(task.request);
    if (!task.result->ok() && Batch::fatal(task.result->error())) {
      transaction.rollback();
      return task.result->error();
    }
    turn.look();
  }
  Result<Committed> committed = commit_within(turn, transaction, slug);
  turn.release();
  if (!committed.ok()) {
    transaction.rollback();
    return std::move(committed).error();
  }
  tell(*committed);
  return {};
}

void Appender::Impl::commit_all(Instance& instance, const std::string& slug, Next kind, const Take& take) {
  Status status = commit_batch(instance, slug, kind, take);
  if (status.ok()) return;
  const Error& error = status.error();
  // Whatever is wrong with the connection (but for what others hold) a new one may be rid of.
  if (error.code != "busy" && error.code != "wal_full") instance.writer.reset();
  const Entries batch = take();
  // One that does not fit on the disk or into the database must not keep the others from it.
  const bool by_itself = error.kind == ErrorKind::storage_full || error.kind == ErrorKind::too_large;
  const bool alone = batch.size() == 1 || !by_itself;
  for (GroupCommit::Entry* const& entry : batch) {
    Status own = alone ? status : commit_batch(instance, slug, kind, [&entry] { return Entries(&entry, 1); });
    if (!own.ok()) task_of(entry).result = std::move(own).error();
  }
}

std::vector<GroupCommit::Entry*> Appender::Impl::run_batch(Instance& instance, const std::string& slug, Next kind) {
  std::vector<GroupCommit::Entry*> batch;
  const Take take_once = [&] {
    if (batch.empty()) batch = instance.queue.take();
    return Entries(batch);
  };
  const auto refuse = [&](const Error& error) {
    instance.writer.reset();
    for (GroupCommit::Entry* entry : take_once()) task_of(entry).result = error;
  };
  try {
    commit_all(instance, slug, kind, take_once);
  } catch (const std::bad_alloc&) {
    refuse(make_error(ErrorKind::unavailable, "out_of_memory", "not enough memory for this request"));
  } catch (const std::exception& exception) {
    refuse(make_error(ErrorKind::internal, "internal", exception.what()));
  }
  return batch;
}

// Batch after batch of one kind; then a thread for the other kind goes on, or one that lets other instances go first.
void Appender::Impl::work_off(std::shared_ptr<Instance> instance, const std::string& slug, Next kind) {
  while (true) {
    instance->queue.finish(run_batch(*instance, slug, kind));
    const Next next = instance->queue.next();
    if (next == Next::nobody) return;
    if (next == kind && pool_of(kind).waiting() == 0) continue;
    pool_of(next).run([this, instance = std::move(instance), slug, next] { work_off(instance, slug, next); });
    return;
  }
}

void Appender::Impl::lead(std::shared_ptr<Instance> instance, const std::string& slug) {
  const Next next = instance->queue.next();
  if (next == Next::nobody) return;
  pool_of(next).run([this, instance = std::move(instance), slug, next] { work_off(instance, slug, next); });
}

void Appender::Impl::run_exclusive(const std::string& slug, const std::function<void(Instance&)>& job) {
  const std::shared_ptr<Instance> instance = find(slug);
  std::exception_ptr thrown;  // the queue goes on all the same
  const auto guarded = [&] {
    try {
      job(*instance);
    } catch (...) {
      instance->writer.reset();
      thrown = std::current_exception();
    }
  };
  if (instance->queue.run_exclusive(guarded)) lead(instance, slug);
  if (thrown) std::rethrow_exception(thrown);
}

Result<std::shared_ptr<Appender::Impl::Instance>> Appender::Impl::find_existing(const std::string& slug) {
  // What is open already is checked when the batch begins.
  std::shared_ptr<Instance> instance = find_open(slug);
  if (instance) return instance;
  // Before anything is queued or locked: a slug without a file must leave nothing behind.
  CHOREO_ASSIGN([[maybe_unused]] const log::FileIdentity file, instances.identity(slug));
  return find(slug);
}

Appender::Appender(log::Instances instances, Clock& clock, Random& random, Options options,
                   std::function<void(const Committed&)> on_committed)
    : impl_(std::make_unique<Impl>(std::move(instances), clock, random, options, std::move(on_committed))) {}
Appender::~Appender() = default;

Status Appender::submit(const std::string& slug, Task& task) {
  CHOREO_ASSIGN(std::shared_ptr<Impl::Instance> instance, impl_->find_existing(slug));
  set_trace(task.request.draft, task.request.trace_id);
  const Draft& draft = task.request.draft;
  task.bytes = draft.target.size() + draft.context.size() + draft.frame.size();
  task.compound = is_compound(draft);
  switch (instance->queue.add(task)) {
    case GroupCommit::Added::lead:
      impl_->lead(std::move(instance), slug);
      return {};
    case GroupCommit::Added::waits:
      return {};
    case GroupCommit::Added::full:
      break;
  }
  return make_error(ErrorKind::unavailable, "queue_full",
                    "too many appends wait for the disk; nothing of this one was appended, try again");
}

Result<Answer> Appender::append(const std::string& slug, Request request) {
  AwaitedTask task;
  task.request = std::move(request);
  CHOREO_TRY(submit(slug, task));
  task.done.wait();
  return std::move(*task.result);
}

Result<std::int64_t> Appender::Impl::seed_locked(Instance& instance, const std::string& slug,
                                                 const std::function<Result<std::optional<Draft>>()>& next,
                                                 const std::string& trace_id) {
  CHOREO_ASSIGN(const log::InstanceLock lock, log::InstanceLock::acquire(instances, slug));
  CHOREO_TRY(ready_writer(instance, slug));
  Batch transaction(*instance.writer, instance.rules, clock, options.max_record_bytes, options.generated);
  Budget budget(options.generated);
  CHOREO_TRY(transaction.begin());
  Turn turn(long_slots, long_slots, clock);
  transaction.call_between([&turn] { turn.look(); });
  const auto refuse = [&](Error error, std::int64_t index) {
    transaction.rollback();
    error.index = static_cast<std::size_t>(index);  // of the operation, even if a row of it is what is wrong
    return error;
  };
  std::int64_t appended = 0;
  for (std::int64_t index = 0;; ++index) {
    Result<std::optional<Draft>> draft = next();
    if (!draft.ok()) return refuse(std::move(draft).error(), index);
    if (!*draft) {
      Result<Committed> committed = transaction.commit(slug);
      if (!committed.ok()) {
        transaction.rollback();
        return std::move(committed).error();
      }
      tell(*committed);
      return appended;
    }
    Request request;
    request.draft = std::move(**draft);
    set_trace(request.draft, trace_id);
    Result<Answer> answer = transaction.append(request, budget);
    if (!answer.ok()) return refuse(std::move(answer).error(), index);
    if (!answer->duplicate) ++appended;
    turn.look();
  }
}

Status Appender::Impl::remove_if_empty(Instance& instance, const std::string& slug) {
  CHOREO_ASSIGN(log::InstanceLock lock, log::InstanceLock::acquire(instances, slug));
  CHOREO_TRY(ready_writer(instance, slug));
  CHOREO_TRY(instance.writer->begin());
  const bool empty = instance.writer->head() == 0;
  instance.writer->rollback();
  if (!empty) return {};
  instance.writer.reset();
  return instances.remove_locked(slug, lock);
}

Result<std::int64_t> Appender::seed(const std::string& slug, const std::function<Result<std::optional<Draft>>()>& next,
                                    const std::string& trace_id) {
  Status created = impl_->instances.create(slug);
  if (!created.ok() && created.error().code != "instance_exists") return std::move(created).error();
  std::optional<Result<std::int64_t>> result;
  impl_->run_exclusive(slug,
                       [&](Impl::Instance& instance) { result = impl_->seed_locked(instance, slug, next, trace_id); });
  // Refused: an instance that was made for it goes again, unless somebody has used it meanwhile (then it is not empty).
  if (!result->ok() && created.ok())
    impl_->run_exclusive(slug, [&](Impl::Instance& instance) { (void)impl_->remove_if_empty(instance, slug); });
  return std::move(*result);
}

Status Appender::rebuild(const std::string& slug) {
  CHOREO_ASSIGN(const log::FileIdentity file, impl_->instances.identity(slug));
  (void)file;
  Status status;
  impl_->run_exclusive(slug, [&](Impl::Instance& instance) {
    status = [&]() -> Status {
      CHOREO_ASSIGN(const log::InstanceLock lock, log::InstanceLock::acquire(impl_->instances, slug));
      CHOREO_TRY(impl_->ready_writer(instance, slug));
      return instance.writer->rebuild();
    }();
  });
  return status;
}

}  // namespace choreo::append
