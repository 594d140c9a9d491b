// A thin owner of ZeroMQ's handles: every call here returns at once, none throws.
//
// Ownership: a ZmqSocket must not outlive its ZmqContext. A socket that could not be made (too many open files) is not
// ok(), and every call on it fails.
// Thread-safety: a socket belongs to one thread at a time, as ZeroMQ has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::wire {

inline constexpr int kQueueMessages = 256;  // high-water mark of every socket, per peer
inline constexpr int kLingerMs = 200;       // what unsent messages may delay a stop by
inline constexpr int kReconnectMs = 50;     // between attempts while the peer is away

class ZmqContext {
 public:
  ZmqContext();
  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;
  void* handle() const { return handle_; }

 private:
  void* handle_;
};

// One or two frames, as docs/wire.md has them: topic and body, or the body alone.
struct Frames {
  int count = 0;  // as received; more than two are counted and thrown away
  std::string first;
  std::string second;
};

class ZmqSocket {
 public:
  // type: ZMQ_PUSH, … With the limits above and kMaxMessageBytes for what is received.
  ZmqSocket(ZmqContext& context, int type);
  ~ZmqSocket();
  ZmqSocket(const ZmqSocket&) = delete;
  ZmqSocket& operator=(const ZmqSocket&) = delete;

  bool ok() const { return handle_ != nullptr; }
  void* handle() const { return handle_; }
  bool set(int option, int value);
  bool set(int option, std::string_view value);
  // A peer that sends a longer message loses its connection. Before bind() or connect(); kMaxMessageBytes otherwise.
  bool limit_received(std::int64_t bytes);
  // Errors unavailable/socket, naming the endpoint.
  Status bind(const std::string& endpoint);
  Status connect(const std::string& endpoint);
  // False if it would have to wait, or failed.
  bool send(std::string_view frame);
  bool send(std::string_view first, std::string_view second);
  // Nothing if no message waits.
  std::optional<Frames> receive();

 private:
  void* handle_;
};

}  // namespace choreo::wire
