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
    explicit Instance(std::size_t max_batch) : queue(max_batch) {}
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
        committers(limits.max_committers) {}

  log::Instances instances;
  Clock& clock;
  Random& random;
  Options options;
  std::function<void(const Committed&)> on_committed;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Instance>> open;  // guarded by mutex
  ApplySlots slots;
  ThreadPool committers;  // last: its threads end before what they use goes

  // Makes what is not there; find_open() does not.
  std::shared_ptr<Instance> find(const std::string& slug);
  std::shared_ptr<Instance> find_open(const std::string& slug);
  void evict(const Instance* kept);
  Status ready_writer(Instance& instance, const std::string& slug);
  // Error not_found/unknown_instance.
  Result<std::shared_ptr<Instance>> find_existing(const std::string& slug);
  using Entries = std::span<GroupCommit::Entry* const>;
  using Take = std::function<Entries()>;
  Result<Committed> commit_within(ApplySlot& slot, Batch& transaction, const std::string& slug);
  Status commit_batch(Instance& instance, const std::string& slug, const Take& take);
  void commit_all(Instance& instance, const std::string& slug, const Take& take);
  std::vector<GroupCommit::Entry*> run_batch(Instance& instance, const std::string& slug,
                                             const GroupCommit::TakeBatch& take);
  // Has a committer lead the instance's queue.
  void lead(std::shared_ptr<Instance> instance, const std::string& slug);
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
    instance = std::make_shared<Instance>(options.max_batch);
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

Result<Committed> Appender::Impl::commit_within(ApplySlot& slot, Batch& transaction, const std::string& slug) {
  std::int64_t began_us = 0;
  const auto before_sync = [&] {
    if (slots.disk_is_slow()) slot.release();
    began_us = clock.steady_us();
  };
  return transaction.commit(slug, before_sync, [&] { slots.note_sync(clock.steady_us() - began_us); });
}

// What may wait for others comes first, then the slot, then what is to be committed: it gathers meanwhile.
Status Appender::Impl::commit_batch(Instance& instance, const std::string& slug, const Take& take) {
  CHOREO_ASSIGN(const log::InstanceLock lock, log::InstanceLock::acquire(instances, slug));
  CHOREO_TRY(ready_writer(instance, slug));
  Batch transaction(*instance.writer, instance.rules, clock, options.max_record_bytes);
  CHOREO_TRY(transaction.begin());
  ApplySlot slot(slots);
  for (GroupCommit::Entry* entry : take()) {
    Task& task = task_of(entry);
    task.result = transaction.append(task.request);
    if (task.result->ok() || !Batch::fatal(task.result->error())) continue;
    transaction.rollback();
    return task.result->error();
  }
  Result<Committed> committed = commit_within(slot, transaction, slug);
  slot.release();
  if (!committed.ok()) {
    transaction.rollback();
    return std::move(committed).error();
  }
  if (committed->first_id != 0) on_committed(*committed);
  return {};
}

void Appender::Impl::commit_all(Instance& instance, const std::string& slug, const Take& take) {
  Status status = commit_batch(instance, slug, take);
  if (status.ok()) return;
  // Whatever is wrong with the connection (but for what others hold) a new one may be rid of.
  if (status.error().code != "busy" && status.error().code != "wal_full") instance.writer.reset();
  const Entries batch = take();
  // One that does not fit on the disk must not keep the others from it.
  const bool alone = batch.size() == 1 || status.error().kind != ErrorKind::storage_full;
  for (GroupCommit::Entry* const& entry : batch) {
    Status own = alone ? status : commit_batch(instance, slug, [&entry] { return Entries(&entry, 1); });
    if (!own.ok()) task_of(entry).result = std::move(own).error();
  }
}

std::vector<GroupCommit::Entry*> Appender::Impl::run_batch(Instance& instance, const std::string& slug,
                                                           const GroupCommit::TakeBatch& take) {
  std::vector<GroupCommit::Entry*> batch;
  const Take take_once = [&] {
    if (batch.empty()) batch = take();
    return Entries(batch);
  };
  const auto refuse = [&](const Error& error) {
    instance.writer.reset();
    for (GroupCommit::Entry* entry : take_once()) task_of(entry).result = error;
  };
  try {
    commit_all(instance, slug, take_once);
  } catch (const std::bad_alloc&) {
    refuse(make_error(ErrorKind::unavailable, "out_of_memory", "not enough memory for this request"));
  } catch (const std::exception& exception) {
    refuse(make_error(ErrorKind::internal, "internal", exception.what()));
  }
  return batch;
}

void Appender::Impl::lead(std::shared_ptr<Instance> instance, const std::string& slug) {
  committers.run([this, instance = std::move(instance), slug] {
    const bool others_wait =
        instance->queue.lead([&](const GroupCommit::TakeBatch& take) { return run_batch(*instance, slug, take); },
                             [this] { return committers.waiting() == 0; });
    if (others_wait) lead(instance, slug);
  });
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
  if (instance->queue.add(task)) impl_->lead(std::move(instance), slug);
  return {};
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
  Batch transaction(*instance.writer, instance.rules, clock, options.max_record_bytes);
  CHOREO_TRY(transaction.begin());
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
      if (committed->first_id != 0) on_committed(*committed);
      return appended;
    }
    Request request;
    request.draft = std::move(**draft);
    set_trace(request.draft, trace_id);
    Result<Answer> answer = transaction.append(request);
    if (!answer.ok()) return refuse(std::move(answer).error(), index);
    if (!answer->duplicate) ++appended;
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
