// Readers of the logs that were asked for last, kept open: for a process that looks at many logs again and again.
// Thread-safety: none; one owner. Ownership: holds at most max connections, three descriptors each.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <utility>

#include "base/result.h"
#include "log/instances.h"
#include "log/reader.h"

namespace choreo::log {

class KeptReaders {
 public:
  KeptReaders(Instances instances, std::size_t max) : instances_(std::move(instances)), max_(max) {}

  // Valid until the next call. Errors as Reader::open.
  Result<Reader*> reader(const std::string& slug);
  // Of the file that stands behind the slug now: a reader whose file was replaced is opened anew.
  Result<Head> head(const std::string& slug);
  void close(const std::string& slug);

 private:
  const Instances instances_;
  const std::size_t max_;
  std::list<std::pair<std::string, Reader>> readers_;  // used last first
};

}  // namespace choreo::log
