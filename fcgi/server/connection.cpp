#include "fcgi/server/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "fcgi/server/limits.h"

namespace choreo::fcgi::server {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{64} << 10;  // room above it is not kept for the next request

bool wait_for(int fd, short events, int timeout_ms) {
  pollfd waiting{fd, events, 0};
  int ready;
  while ((ready = ::poll(&waiting, 1, timeout_ms)) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

// -1: nothing has come; 0: the end, or broken.
ssize_t take_some(int fd, std::span<char> buffer, int flags) {
  while (true) {
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT | flags);
    if (n >= 0) return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return -1;
    if (errno != EINTR) return 0;
  }
}

void empty(std::string& text) {
  if (text.capacity() > kKeptBytes)
    std::string().swap(text);
  else
    text.clear();
}

}  // namespace

Status start_library() {
  constexpr std::array kSignals = {SIGPIPE, SIGUSR1, SIGTERM};
  std::array<struct sigaction, kSignals.size()> before{};
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], nullptr, &before[i]);
  const int failed = FCGX_Init();
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // libfcgi writes to peers that may be gone
  if (failed == 0) return {};
  return make_error(ErrorKind::unavailable, "fastcgi", "libfcgi cannot start: error " + std::to_string(failed));
}

// The times are a net only: nothing here reads or writes where it would wait.
Connection::Connection(int fd, bool refused) : fd_(fd), refused_(refused) {
  constexpr timeval kNet{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kNet, sizeof kNet);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kNet, sizeof kNet);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  FCGX_InitRequest(&request_, -1, 0);
}

Connection::~Connection() {
  FCGX_Free(&request_, 0);
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::claim(std::uint32_t events) {
  if ((state_.fetch_or(events, std::memory_order_acq_rel) & kBusy) != 0) return false;
  state_.store(0, std::memory_order_relaxed);
  return true;
}

Result<Connection::Received> Connection::receive(std::span<char> buffer) {
  if (!scan_.begun()) {
    const ssize_t n = take_some(fd_, buffer, MSG_PEEK);
    if (n < 0) return Received::part;
    if (n == 0) return Received::ended;
    RecordScan seen;
    CHOREO_TRY(seen.take(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
    if (seen.whole()) {
      scan_ = seen;
      return Received::whole;
    }
  }
  // In parts: the socket may not have room for all of them.
  while (true) {
    const ssize_t n = take_some(fd_, buffer, 0);
    if (n < 0) return Received::part;
    if (n == 0) return Received::ended;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    CHOREO_TRY(scan_.take(bytes));
    gathered_.append(bytes);
    if (scan_.whole()) return Received::whole;
    if (gathered_.size() > kGatheredBytes)
      return make_error(ErrorKind::too_large, "fastcgi", "a request's records hold too little");
    if (scan_.body_bytes() > kGatheredBodyBytes && scan_.ends_in_body()) return Received::large;
  }
}

bool Connection::open() {
  const bool from_file = !gathered_.empty();
  if (from_file && !file_.fill(gathered_)) return false;
  std::string().swap(gathered_);
  const int from = from_file ? file_.fd() : fd_;
  request_.ipcFd = from;
  request_.keepConnection = 1;
  FCGX_Detach(&request_);
  if (FCGX_Accept_r(&request_) != 0) {  // it has closed what it read from
    if (from_file)
      file_.forget();
    else
      fd_ = -1;
    return false;
  }
  keep_ = request_.keepConnection != 0;
  take_parameters();
  all_of_body_ = scan_.whole();
  window_left_ = static_cast<std::size_t>(scan_.body_bytes());
  const bool good = !all_of_body_ || read_whole_body(from);
  if (all_of_body_ && from_file) file_.close();
  request_.ipcFd = fd_;
  return good;
}

// One byte more than there is, so that libfcgi reads the end of the body too.
bool Connection::read_whole_body(int from) {
  request_.ipcFd = from;
  body_.resize(window_left_ + 1);
  const int read = FCGX_GetStr(body_.data(), static_cast<int>(body_.size()), request_.in);
  const bool good = static_cast<std::size_t>(read) == window_left_ && FCGX_GetError(request_.in) == 0;
  body_.resize(window_left_);
  return good;
}

// libfcgi gives "NAME=value", and compares each of them with a name by strncmp; a request asks for many names.
void Connection::take_parameters() {
  parameters_.clear();
  for (char** each = request_.envp; *each != nullptr; ++each) {
    const std::string_view both(*each);
    const std::size_t end = both.find('=');
    parameters_.emplace_back(both.substr(0, end), both.substr(std::min(end, both.size() - 1) + 1));
  }
}

std::string_view Connection::parameter(const char* name) const {
  const std::string_view wanted(name);
  for (const auto& [known, value] : parameters_)
    if (known == wanted) return value;
  return {};
}

std::optional<std::string_view> Connection::whole() const {
  if (!all_of_body_ || body_used_ > 0) return std::nullopt;
  return body_;
}

std::size_t Connection::read(char* buffer, std::size_t size) {
  if (all_of_body_) {
    const std::size_t n = std::min(size, body_.size() - body_used_);
    std::memcpy(buffer, body_.data() + body_used_, n);
    body_used_ += n;
    return n;
  }
  if (broken_) return 0;
  while (window_left_ == 0 && !scan_.whole())
    if (!receive_window()) {
      broken_ = true;
      return 0;
    }
  const std::size_t n = std::min(size, window_left_);
  if (n == 0) return 0;
  request_.ipcFd = file_.fd();
  const int read = FCGX_GetStr(buffer, static_cast<int>(n), request_.in);
  request_.ipcFd = fd_;
  broken_ = static_cast<std::size_t>(read) != n;
  window_left_ -= n;
  return broken_ ? 0 : n;
}

// More of the body, up to its end or to a byte of content: libfcgi then delivers all of it without looking for more.
bool Connection::receive_window() {
  std::array<char, kLookBytes> buffer;
  const std::uint64_t before = scan_.body_bytes();
  gathered_.clear();
  while (!scan_.whole() && !(scan_.ends_in_body() && gathered_.size() >= kGatheredBodyBytes)) {
    const ssize_t n = take_some(fd_, buffer, 0);
    if (n == 0) return false;
    if (n < 0) {
      if (scan_.ends_in_body() && !gathered_.empty()) break;
      if (!wait_for(fd_, POLLIN, kBodySilenceMs)) return false;
      continue;
    }
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    if (!scan_.take(bytes).ok() || gathered_.size() > kGatheredBytes) return false;
    gathered_.append(bytes);
  }
  window_left_ = static_cast<std::size_t>(scan_.body_bytes() - before);
  return file_.fill(gathered_);
}

bool Connection::discard(std::span<char> buffer) const {
  ssize_t n;
  while ((n = take_some(fd_, buffer, 0)) > 0) {
  }
  return n < 0;
}

void Connection::set_answer(Answer answer, bool last) {
  answer_ = std::move(answer);
  last_ = last;
}

bool Connection::answer_is_small() const {
  return !answer_.rest && answer_.head.size() + answer_.body.size() <= kChunkBytes;
}

// Whether the socket has room, which is asked only where it might have none: after the last answers were read there is
// room for kUnaskedBytes and a quarter of the buffer more.
bool Connection::takes(std::size_t bytes, int patience_ms) {
  const std::size_t counted = bytes + kSmallWriteBytes;
  if (unasked_ + counted <= kUnaskedBytes) {
    unasked_ += counted;
    return true;
  }
  if (!wait_for(fd_, POLLOUT, patience_ms)) return false;
  unasked_ = counted;
  return true;
}

// False: the answer cannot be made to its end.
bool Connection::next_piece() {
  piece_.clear();
  sent_ = 0;
  if (!answer_.rest) {
    text_ = Text::end;
    return true;
  }
  const Result<bool> more = answer_.rest->next(piece_);
  if (!more.ok()) return false;
  if (!*more) answer_.rest.reset();
  return true;
}

Connection::Progress Connection::send(int patience_ms) {
  while (text_ != Text::end) {
    const std::string& text = text_ == Text::head ? answer_.head : text_ == Text::body ? answer_.body : piece_;
    if (sent_ < text.size()) {
      const std::size_t n = std::min(text.size() - sent_, kChunkBytes);
      if (!takes(n, patience_ms)) return Progress::waiting;
      if (FCGX_PutStr(text.data() + sent_, static_cast<int>(n), request_.out) < 0) return Progress::failed;
      sent_ += n;
    } else if (text_ == Text::piece) {
      if (!next_piece()) return Progress::failed;
    } else {
      sent_ = 0;
      text_ = text_ == Text::head ? Text::body : Text::piece;
    }
  }
  return finish();
}

void Connection::pause() {
  if (text_ != Text::head) std::string().swap(answer_.head);
  if (text_ == Text::piece) {
    std::string().swap(answer_.body);
    piece_.erase(0, std::exchange(sent_, 0));
    piece_.shrink_to_fit();
  }
  if (answer_.rest) answer_.rest->paused();
}

Connection::Progress Connection::finish() {
  const bool over = last_ || !keep_ || !scan_.whole();
  if (over && keep_) {
    if (!finish_as_last()) return Progress::failed;
  } else {
    request_.keepConnection = 1;  // the socket is closed here and not by libfcgi, except where writing fails
    FCGX_Finish_r(&request_);
    if (request_.ipcFd < 0) {
      fd_ = -1;
      return Progress::failed;
    }
  }
  forget_request();
  return over ? Progress::over : Progress::done;
}

// Bytes after the end of an answer tell nginx that the connection is used up; so a worker can do without it and loses
// no request: were it to close the connection itself, nginx might have put its next request on it already. They must
// come with the end, in one write, so libfcgi writes the end into a file first.
bool Connection::finish_as_last() {
  if (FCGX_FFlush(request_.out) != 0) return false;
  InputFile end;
  if (!end.fill({})) return false;
  request_.ipcFd = end.fd();
  request_.keepConnection = 1;
  FCGX_Finish_r(&request_);
  if (request_.ipcFd < 0) {
    end.forget();
    return false;
  }
  request_.ipcFd = fd_;
  std::array<char, 64> bytes{};  // two records and eight bytes of nothing
  const ssize_t n = ::pread(end.fd(), bytes.data(), bytes.size() - 8, 0);
  if (n <= 0) return false;
  const std::size_t size = static_cast<std::size_t>(n) + 8;
  return ::send(fd_, bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(size);
}

void Connection::forget_request() {
  scan_ = RecordScan();
  file_.close();
  empty(body_);
  empty(gathered_);
  std::string().swap(piece_);
  answer_ = Answer();
  body_used_ = sent_ = 0;
  text_ = Text::head;
}

}  // namespace choreo::fcgi::server
