// Bytes that libfcgi reads in place of the connection's: a file without a name, in memory.
// Thread-safety: one thread at a time. Ownership: of the descriptor.
#pragma once

#include <string_view>

#include "base/descriptor.h"

namespace choreo::fcgi::server {

class InputFile {
 public:
  // Holds exactly these bytes, to be read from the first. False: the system has no descriptor or memory for it.
  bool fill(std::string_view bytes);
  int fd() const { return file_.get(); }
  // libfcgi has closed it.
  void forget() { file_.release(); }
  void close() { file_.reset(); }

 private:
  Descriptor file_{-1};
};

}  // namespace choreo::fcgi::server
