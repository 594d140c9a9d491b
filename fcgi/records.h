// FastCGI 1.0 on the wire: records, of which each has a header of 8 bytes, content and padding.
//
// RequestReader puts together one request at a time, as a web server without multiplexing sends them; the functions
// below frame its answer. Thread-safety: one thread at a time.
// Source: the FastCGI specification, https://fastcgi-archives.github.io/FastCGI_Specification.html.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace choreo::fcgi {

inline constexpr std::size_t kRecordHeaderBytes = 8;
inline constexpr std::size_t kMaxParameterBytes = std::size_t{256}
                                                  << 10;  // of one request; nginx's own limits are below it

class RequestReader {
 public:
  // Takes bytes as they came from the connection. Error invalid/fastcgi: this is not FastCGI as a web server speaks it,
  // or more than one request; the connection is of no use any more.
  Status take(std::string_view bytes);

  bool begun() const { return begun_; }
  // All parameters are there.
  bool has_parameters() const { return parameters_done_; }
  // The body is, too.
  bool complete() const { return body_done_; }
  // Whether the server wants to send further requests on this connection.
  bool keep_connection() const { return keep_connection_; }
  std::uint16_t id() const { return id_; }

  // Empty where absent. REQUIRES: has_parameters(). The view lives until next().
  std::string_view parameter(std::string_view name) const;
  // What came of the body and was not removed by the caller.
  std::string& body() { return body_; }
  const std::string& body() const { return body_; }

  // What must be sent before anything else: answers to what is no request. Emptied by the caller.
  std::string& replies() { return replies_; }

  // Forgets the request.
  void next();

 private:
  Status begin_record();
  Status content(std::string_view bytes);
  Status end_record();
  Status begin_request();
  Status parse_parameters();

  std::string header_;            // of the record at hand, while incomplete
  std::size_t content_left_ = 0;  // bytes of the record at hand that are still to come
  std::size_t padding_left_ = 0;
  std::uint8_t type_ = 0;
  std::uint16_t record_id_ = 0;
  bool in_record_ = false;
  std::string small_;  // content of a record that is not a stream's

  bool begun_ = false;
  bool parameters_done_ = false;
  bool body_done_ = false;
  bool keep_connection_ = false;
  std::uint16_t id_ = 0;
  std::string parameters_text_;
  std::vector<std::pair<std::string_view, std::string_view>> parameters_;  // into parameters_text_
  std::string body_;
  std::string replies_;
};

// Room for the header of the first STDOUT record; see finish_stdout().
inline void begin_stdout(std::string& out) {
  out.append(kRecordHeaderBytes, '\0');
}
// Makes what follows begin_stdout() one or more STDOUT records.
void finish_stdout(std::string& out, std::size_t begin, std::uint16_t id);
// Ends the request.
void append_end_request(std::string& out, std::uint16_t id);
// After append_end_request() in the same write: nginx takes a connection that holds bytes after the end of an answer
// for used up and closes it. So a worker that stops can do without its connections and loses no request: were it to
// close one itself, nginx might have put its next request on it already.
void append_last_of_connection(std::string& out);

}  // namespace choreo::fcgi
