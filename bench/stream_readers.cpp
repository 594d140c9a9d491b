// Clients of one stream of events: opens STREAMS of them and counts events.
//
// usage: stream-readers ADDRESS PATH STREAMS EVENTS
// Prints READY when every stream has had its first bytes, then DONE and the monotonic time when each has had EVENTS
// events. With 0 EVENTS it holds the streams until it is ended by a signal. An event is counted by its one '~', a byte
// that cannot be split between two reads and stands in no frame around it.
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "connect.h"

namespace {

using choreo::bench::require;

constexpr int kMaxReady = 256;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr char kMark = '~';

struct Stream {
  int socket;
  std::int64_t events = 0;
  bool answered = false;
};

struct Progress {
  std::size_t answered = 0;
  std::size_t finished = 0;
};

void take(Stream& stream, std::vector<char>& buffer, std::int64_t wanted, Progress& progress) {
  const ssize_t size = recv(stream.socket, buffer.data(), buffer.size(), 0);
  require(size > 0, "stream-readers: a stream ended");
  if (!stream.answered) {
    stream.answered = true;
    ++progress.answered;
    if (std::string(buffer.data(), 12) != "HTTP/1.1 200") {
      std::fprintf(stderr, "stream-readers: %.*s\n", static_cast<int>(size), buffer.data());
      std::exit(1);
    }
  }
  const bool before = stream.events < wanted;
  stream.events += std::count(buffer.data(), buffer.data() + size, kMark);
  if (before && stream.events >= wanted) ++progress.finished;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: stream-readers ADDRESS PATH STREAMS EVENTS\n");
    return 2;
  }
  std::vector<Stream> streams;
  const std::size_t count = static_cast<std::size_t>(std::atol(argv[3]));
  const std::int64_t wanted = std::atol(argv[4]);
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < count; ++i) {
    streams.push_back({choreo::bench::connect_to(argv[1])});
    choreo::bench::send_all(streams[i].socket, choreo::bench::stream_request(argv[2]));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    require(epoll_ctl(poller, EPOLL_CTL_ADD, streams[i].socket, &event) == 0, "epoll_ctl");
  }

  Progress progress;
  std::vector<char> buffer(kReadBytes);
  std::vector<epoll_event> ready(kMaxReady);
  bool told = false;
  while (wanted == 0 || progress.finished < count) {
    const int found = epoll_wait(poller, ready.data(), kMaxReady, -1);
    for (int i = 0; i < found; ++i)
      take(streams[ready[static_cast<std::size_t>(i)].data.u64], buffer, wanted, progress);
    if (!told && progress.answered == count) {
      told = true;
      std::puts("READY");
      std::fflush(stdout);
    }
  }
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  std::printf("DONE %.6f\n", std::chrono::duration<double>(now).count());
  return 0;
}
