// How long a POST takes, and how long until its event arrives on an open stream: one operation after the other.
//
// usage: event-latency ADDRESS INSTANCE OPERATIONS PREFIX
// Prints two medians in milliseconds, both counted from the sending of the POST: until its answer, until its event.
// The event's time therefore contains the commit; PREFIX keeps the ids of several runs apart.
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "connect.h"

namespace {

using choreo::bench::receive;
using choreo::bench::require;
using Clock = std::chrono::steady_clock;

constexpr char kMark = '~';  // once in each operation, as in stream_readers.cpp
constexpr int kWarmUp = 20;
constexpr int kLimitMs = 5000;

struct Sample {
  double answer_ms = 0;
  double event_ms = 0;
};

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Sample measure(int posts, int events, const std::string& request) {
  Sample sample;
  std::string answer;
  const auto start = Clock::now();
  choreo::bench::send_all(posts, request);
  std::array<pollfd, 2> sockets = {pollfd{posts, POLLIN, 0}, pollfd{events, POLLIN, 0}};
  while (sample.answer_ms == 0 || sample.event_ms == 0) {
    require(poll(sockets.data(), sockets.size(), kLimitMs) > 0, "event-latency: nothing came");
    if (sockets[1].revents != 0 && receive(events).find(kMark) != std::string::npos) sample.event_ms = since(start);
    if (sockets[0].revents == 0) continue;
    answer += receive(posts);
    if (choreo::bench::is_whole(answer)) sample.answer_ms = since(start);
  }
  return sample;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: event-latency ADDRESS INSTANCE OPERATIONS PREFIX\n");
    return 2;
  }
  const std::string instance = argv[2];
  const int events = choreo::bench::connect_to(argv[1]);
  choreo::bench::send_all(events, choreo::bench::stream_request("/" + instance + "/stream?last_id=latest"));
  while (receive(events).find("retry:") == std::string::npos) continue;
  const int posts = choreo::bench::connect_to(argv[1]);

  std::vector<double> answers, arrivals;
  for (int i = -kWarmUp; i < std::atoi(argv[3]); ++i) {
    const std::string body = R"({"op":"INS","target":{"id":")" + std::string(argv[4]) + std::to_string(i) +
                             R"(","name":"Corner Kiosk","status":"open","seats":12},)"
                             R"("context":{"table":"places","source":"bench~"},"frame":{}})";
    const Sample sample = measure(posts, events, choreo::bench::post_request("/" + instance + "/operations", body));
    if (i < 0) continue;
    answers.push_back(sample.answer_ms);
    arrivals.push_back(sample.event_ms);
  }
  std::printf("%.4f %.4f\n", median(answers), median(arrivals));
  return 0;
}
