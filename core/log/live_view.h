// The live projection as one moment has it: a read transaction that lasts as long as the view.
//
// Ownership: uses the reader's connection; the reader must outlive it and may not be used by others meanwhile.
#pragma once

#include <memory>

#include "log/reader.h"
#include "projection/view.h"

namespace choreo::log {

class LiveView : public projection::View {
 public:
  static Result<std::unique_ptr<LiveView>> open(Reader& reader);
  ~LiveView() override;

  Result<std::vector<std::string>> tables() override;
  Result<std::vector<std::string>> tables_of(const std::string& id) override;
  Result<std::optional<projection::EntityState>> find(const std::string& table, const std::string& id) override;
  Result<std::optional<Named>> find_alive(const std::string& id) override;
  Status scan(const std::string& table, const std::string& after, projection::Liveness liveness,
              const Each& each) override;
  Result<std::vector<projection::Edge>> edges_of(const std::string& id) override;

  struct Impl;

 private:
  explicit LiveView(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::log
