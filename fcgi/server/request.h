// One request as a handler sees it.
// Thread-safety: one thread at a time. Ownership: the server's; what parameter() and whole() show lives until the
// answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace choreo::fcgi::server {

class Request {
 public:
  virtual ~Request() = default;
  // A FastCGI parameter, e.g. HTTP_IF_MATCH; empty where absent.
  virtual std::string_view parameter(const char* name) const = 0;
  // The body, where it was whole when the request was given to the handler. It stays to be read.
  virtual std::optional<std::string_view> whole() const = 0;
  // Reads up to size bytes of the body; 0 at its end. May wait where the body was not whole.
  virtual std::size_t read(char* buffer, std::size_t size) = 0;
  // The end that read() told was none: the web server went away, or sent nothing for too long.
  virtual bool broken() const = 0;
};

}  // namespace choreo::fcgi::server
