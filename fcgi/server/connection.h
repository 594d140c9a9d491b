// One connection of the web server, and the request on it, over libfcgi.
//
// Purpose: libfcgi's calls wait for the peer; here none of them does. A request is given to libfcgi when all that it
// will read is there: in the socket, where one look shows the whole request, else in a file in memory. An answer is
// given to libfcgi in pieces that the socket is known to take.
// Invariants: busy from open() until its answer is sent; then whoever sends the answer owns it, else the loop. Events
// that come while it is busy are kept for the loop.
// Thread-safety: the owner only; claim() is the loop's, and the state behind it is atomic.
// Ownership: shared by the loop and by who makes its answer; the socket is closed by the last of them.
#pragma once

#include <fcgiapp.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "fcgi/server/answer.h"
#include "fcgi/server/input_file.h"
#include "fcgi/server/record_scan.h"
#include "fcgi/server/request.h"

namespace choreo::fcgi::server {

// To be called once, before the first connection and before there are threads. libfcgi's handlers of signals are not
// kept; SIGPIPE is ignored. Error unavailable/fastcgi.
Status start_library();

class Connection final : public Request {
 public:
  // fd: a blocking socket; refused: its first request is answered that there are too many connections.
  Connection(int fd, bool refused);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  int fd() const { return fd_; }  // -1: closed
  bool refused() const { return refused_; }

  // --- Who owns it

  // Whether the loop may handle the events. Else they are kept: it is busy.
  bool claim(std::uint32_t events);
  // events: what is to be handled after the answer.
  void set_busy(std::uint32_t events) {
    busy_since_us_ = system_clock().steady_us();
    state_.store(kBusy | events, std::memory_order_relaxed);
  }
  // Since its request has been whole. REQUIRES: busy().
  std::int64_t busy_us() const { return system_clock().steady_us() - busy_since_us_; }
  // Gives it back to the loop. Returns the events that came meanwhile.
  std::uint32_t release() { return state_.exchange(0, std::memory_order_acq_rel) & ~kBusy; }
  bool busy() const { return (state_.load(std::memory_order_acquire) & kBusy) != 0; }

  // The loop's own notes.
  enum class Phase { open, receiving, parked, discarding };
  struct Notes {
    Phase phase = Phase::open;
    std::int64_t since_ms = 0;   // steady clock; of a phase that is not `open`
    std::int64_t waited_ms = 0;  // for the reader of the answer, before
  };
  Notes notes;

  // --- Receiving

  enum class Received {
    part,
    whole,
    large,  // the parameters are whole, the body is longer than is gathered
    ended,
  };
  // Takes what has come, without waiting. Error invalid/fastcgi, too_large/fastcgi.
  Result<Received> receive(std::span<char> buffer);
  bool has_begun() const { return scan_.begun(); }
  // Has libfcgi read the request; afterwards it is a Request. REQUIRES: whole or large. False: it cannot be read.
  bool open();
  // Throws away what has come. False: that was all.
  bool discard(std::span<char> buffer) const;

  std::string_view parameter(const char* name) const override;
  std::optional<std::string_view> whole() const override;
  std::size_t read(char* buffer, std::size_t size) override;
  bool broken() const override { return broken_; }

  // --- Answering

  // last: the web server is to make no further use of the connection. REQUIRES: open() was true.
  void set_answer(Answer answer, bool last);
  bool answer_is_small() const;
  enum class Progress {
    done,     // the next request may come
    over,     // all is sent, and no further request must be expected
    waiting,  // the reader takes nothing at the moment
    failed,
  };
  // Sends what the socket takes, waiting at most patience_ms for it each time.
  Progress send(int patience_ms);
  // It waits for its reader: holds no more than it needs.
  void pause();

 private:
  static constexpr std::uint32_t kBusy = std::uint32_t{1} << 30;  // no event has this bit

  bool read_whole_body(int from);
  void take_parameters();
  bool receive_window();
  bool takes(std::size_t bytes, int patience_ms);
  bool next_piece();
  Progress finish();
  bool finish_as_last();
  void forget_request();

  int fd_;
  const bool refused_;
  std::atomic<std::uint32_t> state_{0};
  std::int64_t busy_since_us_ = 0;

  RecordScan scan_;
  std::string gathered_;  // what was taken from the socket and not given to libfcgi
  FCGX_Request request_{};
  std::vector<std::pair<std::string_view, std::string_view>> parameters_;  // into request_
  InputFile file_;  // what libfcgi reads instead of the socket, where a request did not come at once
  bool keep_ = false;
  bool broken_ = false;
  bool all_of_body_ = false;  // the body is in body_
  std::string body_;
  std::size_t body_used_ = 0;
  std::size_t window_left_ = 0;  // content in file_ that libfcgi has not delivered

  Answer answer_;
  bool last_ = false;
  std::size_t sent_ = 0;  // of the text at hand
  enum class Text { head, body, piece, end } text_ = Text::head;
  std::string piece_;
  std::size_t unasked_ = 0;  // written since the socket was last known to have room
};

}  // namespace choreo::fcgi::server
