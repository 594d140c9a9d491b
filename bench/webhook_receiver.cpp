// An endpoint for deliveries that costs next to nothing: one thread, kept connections, 204 to every POST.
//
// usage: webhook-receiver COUNT
// Prints "READY port", then "DONE seconds" for every COUNT deliveries: the time from the first of them to the last,
// from the first after the one before. A path that begins with /slow is answered after 5 s and not counted.
#include <sys/epoll.h>

#include <chrono>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "connect.h"

namespace {

using namespace choreo::bench;

constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr double kSlowSeconds = 5;
constexpr int kEvents = 256;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Receiver {
 public:
  explicit Receiver(int count) : count_(count) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(bind(listener_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0, "bind");
    require(listen(listener_, 1024) == 0, "listen");
    socklen_t size = sizeof name;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
    watch(listener_);
    std::printf("READY %d\n", ntohs(name.sin_port));
    std::fflush(stdout);
  }

  [[noreturn]] void run() {
    for (;;) {
      std::array<epoll_event, kEvents> events;
      const int ready = epoll_wait(epoll_, events.data(), kEvents, slow_.empty() ? -1 : 50);
      for (int i = 0; i < ready; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_)
          accept_one();
        else
          read(fd);
      }
      while (!slow_.empty() && slow_.front().due <= now()) {
        answer(slow_.front().fd);
        slow_.pop_front();
      }
    }
  }

 private:
  struct Slow {
    double due;
    int fd;
  };

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    require(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  }

  void accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    read_[fd].clear();
    watch(fd);
  }

  void read(int fd) {
    std::array<char, 64 * 1024> buffer;
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      std::erase_if(slow_, [&](const Slow& slow) { return slow.fd == fd; });
      close(fd);
      return;
    }
    std::string& text = read_[fd];
    text.append(buffer.data(), static_cast<std::size_t>(size));
    while (const std::size_t whole = whole_request(text)) {
      if (text.starts_with("POST /slow"))
        slow_.push_back({now() + kSlowSeconds, fd});
      else
        count_one(fd);
      text.erase(0, whole);
    }
  }

  static std::size_t whole_request(const std::string& text) {
    const std::size_t head = text.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t length = text.find("Content-Length: ");
    require(text.starts_with("POST ") && length < head, text.c_str());
    const std::size_t whole = head + 4 + std::stoul(text.substr(length + 16, 10));
    return text.size() >= whole ? whole : 0;
  }

  void count_one(int fd) {
    if (seen_++ == 0) first_ = now();
    answer(fd);
    if (seen_ < count_) return;
    seen_ = 0;
    std::printf("DONE %.6f\n", now() - first_);
    std::fflush(stdout);
  }

  static void answer(int fd) {
    require(send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) >= 0 || errno == EPIPE || errno == ECONNRESET,
            "send");
  }

  const int count_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listener_ = -1;
  int seen_ = 0;
  double first_ = 0;
  std::unordered_map<int, std::string> read_;
  std::deque<Slow> slow_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: webhook-receiver COUNT\n");
    return 2;
  }
  Receiver(std::atoi(argv[1])).run();
}
