// How far a request has come, told from its FastCGI records before libfcgi reads them.
//
// Purpose: libfcgi waits for bytes that are missing, and trusts those that are there (a length of 2 GB is allocated, a
// long FCGI_GET_VALUES overflows a buffer). So it is given only what was found whole and sound here.
// Invariants: what was accepted is one request of a responder: BEGIN_REQUEST, PARAMS to their end, STDIN to its end,
// all with one id, nothing after them; its parameters have at most kMaxParameterBytes and lengths that fit.
// Thread-safety: one thread at a time. Ownership: values only.
// Source: the FastCGI specification, https://fastcgi-archives.github.io/FastCGI_Specification.html.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace choreo::fcgi::server {

class RecordScan {
 public:
  // Looks at the next bytes of the connection. Error invalid/fastcgi: they are not a request as a web server sends it;
  // too_large/fastcgi: its parameters are too long.
  Status take(std::string_view bytes);

  bool begun() const { return begun_; }  // at least one byte came
  bool has_parameters() const { return phase_ >= Phase::body; }
  bool whole() const { return phase_ == Phase::done; }
  // Content of the body so far.
  std::uint64_t body_bytes() const { return body_bytes_; }
  // The last byte was content of the body. A reader that takes all content so far then needs no further byte.
  bool ends_in_body() const { return ends_in_body_; }

 private:
  enum class Phase { begin, parameters, body, done };

  Status begin_record();
  Status content(std::string_view bytes);
  Status end_record();
  Status parameters(std::string_view bytes);
  void skip_whole_pairs(std::string_view& bytes) const;

  Phase phase_ = Phase::begin;
  bool begun_ = false;
  bool ends_in_body_ = false;
  std::uint64_t body_bytes_ = 0;

  // The record at hand.
  std::array<unsigned char, 8> header_{};
  std::size_t header_bytes_ = 0;
  std::size_t content_bytes_ = 0;
  std::size_t content_left_ = 0;
  std::size_t padding_left_ = 0;
  unsigned id_ = 0;  // of the request

  // The content of BEGIN_REQUEST.
  std::array<unsigned char, 8> begin_{};

  // The pair of name and value at hand.
  std::size_t parameter_bytes_ = 0;
  std::size_t pair_left_ = 0;       // of its text
  std::size_t pair_bytes_ = 0;      // the lengths that are known, together
  std::size_t length_ = 0;          // the one at hand
  unsigned length_bytes_left_ = 0;  // of its four
  bool value_length_ = false;       // it is the value's
};

}  // namespace choreo::fcgi::server
