// The broker's view of the logs: heads and missing pages.
//
// LogSource is the seam that sequencing is tested through; Logs is the real one.
// Thread-safety: none; belongs to the broker's thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "log/instances.h"
#include "log/kept_readers.h"
#include "log/reader.h"
#include "service/descriptors.h"

namespace choreo::broker {

class LogSource {
 public:
  virtual ~LogSource() = default;
  // Errors as log::Reader's: not_found or gone where there is no such instance, unavailable where it cannot be read.
  virtual Result<log::Head> head(const std::string& slug) = 0;
  // The JSON of operations after+1, after+2, … up to last; as many as fit into one message, at least one where there is
  // one. Errors: gone/instance_gone if the log's epoch is another one, unavailable/log_gap if it skips after+1.
  virtual Result<std::vector<std::string>> page(const std::string& slug, const std::string& epoch, std::int64_t after,
                                                std::int64_t last) = 0;
  // The instance is gone, or will not be asked for soon: what is kept of it can go.
  virtual void close(const std::string& slug) = 0;
};

// Reads the logs themselves, with the readers used last kept open.
class Logs : public LogSource {
 public:
  explicit Logs(log::Instances instances)
      : readers_(std::move(instances), service::databases_within(kReaderShare, kMaxReaders)) {}
  Result<log::Head> head(const std::string& slug) override { return readers_.head(slug); }
  Result<std::vector<std::string>> page(const std::string& slug, const std::string& epoch, std::int64_t after,
                                        std::int64_t last) override;
  void close(const std::string& slug) override { readers_.close(slug); }

 private:
  static constexpr std::size_t kMaxReaders = 32;
  static constexpr std::int64_t kReaderShare = 4;  // of the descriptors
  log::KeptReaders readers_;
};

}  // namespace choreo::broker
