// Readers that are open already, for processes that serve many requests.
//
// Invariants: at most max_idle readers are kept (3 descriptors each), least recently used first out; a reader whose
// file is gone is never handed out twice (its calls fail with gone, and it is not put back). Thread-safety: all
// functions may be called from any thread; a Lease belongs to one thread.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/reader.h"

namespace choreo::log {

class ReaderPool {
 public:
  ReaderPool(Instances instances, std::size_t max_idle) : instances_(std::move(instances)), max_idle_(max_idle) {}

  class Lease {
   public:
    Lease(ReaderPool& pool, std::string slug, Reader reader)
        : pool_(&pool), slug_(std::move(slug)), reader_(std::make_unique<Reader>(std::move(reader))) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_) pool_->give_back(slug_, std::move(*reader_));
    }
    Reader* operator->() { return reader_.get(); }

   private:
    ReaderPool* pool_;
    std::string slug_;
    std::unique_ptr<Reader> reader_;
  };

  // A reader of the instance as it is now. Errors: those of Reader::open.
  Result<Lease> lease(const std::string& slug);
  // One that is open already; nothing where there is none. Opens nothing, waits for nobody. Its file may be gone: then
  // each of its calls fails, and lease() gets rid of it.
  std::optional<Lease> lease_idle(const std::string& slug);

  const Instances& instances() const { return instances_; }

 private:
  struct Idle {
    std::string slug;
    Reader reader;
  };
  void give_back(const std::string& slug, Reader reader);
  std::optional<Reader> take(const std::string& slug);

  Instances instances_;
  std::size_t max_idle_;
  std::mutex mutex_;
  std::list<Idle> idle_;  // guarded by mutex_; most recently used first
};

}  // namespace choreo::log
