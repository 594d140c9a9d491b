// The projection as the operations up to some point left it (time travel).
//
// Ownership: uses the reader's connection and a read transaction that lasts as long as the view; the reader must
// outlive it and may not be used by others meanwhile. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <optional>

#include "log/reader.h"
#include "projection/view.h"

namespace choreo::log {

// Operations that count: those with id <= last_id and with a time not after until_ms, in id order.
struct Moment {
  std::optional<std::int64_t> last_id;
  std::optional<std::int64_t> until_ms;  // Unix milliseconds
};

// Cost: that of the entities looked at (log/history.h). Where operations with a time before until_ms came after others
// with a later one (seeds honour any time), those are applied on top, in memory.
class PastView : public projection::View {
 public:
  static Result<std::unique_ptr<PastView>> open(Reader& reader, const Moment& moment);
  ~PastView() override;

  Result<std::vector<std::string>> tables() override;
  Result<std::vector<std::string>> tables_of(const std::string& id) override;
  Result<std::optional<projection::EntityState>> find(const std::string& table, const std::string& id) override;
  Status scan(const std::string& table, const std::string& after, projection::Liveness liveness,
              const Each& each) override;
  Result<std::vector<projection::Edge>> edges_of(const std::string& id) override;

  struct Impl;

 private:
  explicit PastView(std::unique_ptr<Impl> impl);
  projection::View& view();
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::log
