#include "wire/zmq_socket.h"

#include <zmq.h>

#include <cstdint>

#include "wire/message.h"

namespace choreo::wire {
namespace {

Error socket_error(const char* what, const std::string& endpoint) {
  return make_error(ErrorKind::unavailable, "socket",
                    std::string("cannot ") + what + " " + endpoint + ": " + zmq_strerror(zmq_errno()));
}

// Receives one frame; false if none waits.
bool receive_frame(void* socket, std::string* out, bool& more) {
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  int length;
  do {
    length = zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT);
  } while (length < 0 && zmq_errno() == EINTR);
  if (length >= 0) {
    more = zmq_msg_more(&frame) != 0;
    if (out != nullptr) out->assign(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
  }
  zmq_msg_close(&frame);
  return length >= 0;
}

}  // namespace

ZmqContext::ZmqContext() : handle_(zmq_ctx_new()) {}

ZmqContext::~ZmqContext() {
  while (handle_ != nullptr && zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) continue;
}

ZmqSocket::ZmqSocket(ZmqContext& context, int type) : handle_(zmq_socket(context.handle(), type)) {
  if (!ok()) return;
  limit_received(kMaxMessageBytes);
  set(ZMQ_SNDHWM, kQueueMessages);
  set(ZMQ_RCVHWM, kQueueMessages);
  set(ZMQ_LINGER, kLingerMs);
  set(ZMQ_RECONNECT_IVL, kReconnectMs);
}

ZmqSocket::~ZmqSocket() {
  if (ok()) zmq_close(handle_);
}

bool ZmqSocket::set(int option, int value) {
  return ok() && zmq_setsockopt(handle_, option, &value, sizeof value) == 0;
}

bool ZmqSocket::limit_received(std::int64_t bytes) {
  return ok() && zmq_setsockopt(handle_, ZMQ_MAXMSGSIZE, &bytes, sizeof bytes) == 0;
}

bool ZmqSocket::set(int option, std::string_view value) {
  return ok() && zmq_setsockopt(handle_, option, value.data(), value.size()) == 0;
}

Status ZmqSocket::bind(const std::string& endpoint) {
  if (!ok() || zmq_bind(handle_, endpoint.c_str()) != 0) return socket_error("listen on", endpoint);
  return {};
}

Status ZmqSocket::connect(const std::string& endpoint) {
  if (!ok() || zmq_connect(handle_, endpoint.c_str()) != 0) return socket_error("connect to", endpoint);
  return {};
}

bool ZmqSocket::send(std::string_view frame) {
  return ok() && zmq_send(handle_, frame.data(), frame.size(), ZMQ_DONTWAIT) >= 0;
}

bool ZmqSocket::send(std::string_view first, std::string_view second) {
  // Once its first frame is taken, a message is taken whole.
  return ok() && zmq_send(handle_, first.data(), first.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0 &&
         zmq_send(handle_, second.data(), second.size(), ZMQ_DONTWAIT) >= 0;
}

std::optional<Frames> ZmqSocket::receive() {
  if (!ok()) return std::nullopt;
  Frames frames;
  bool more = false;
  do {
    std::string* const into = frames.count == 0 ? &frames.first : frames.count == 1 ? &frames.second : nullptr;
    if (!receive_frame(handle_, into, more)) return std::nullopt;
    ++frames.count;
  } while (more);
  return frames;
}

}  // namespace choreo::wire
