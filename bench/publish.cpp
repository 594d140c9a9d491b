// Publishes messages as fast as they are acknowledged, over several connections.
//
// usage: publish ADDRESS PATH MESSAGES CONNECTIONS BODY
// Each message is a POST of BODY with '@' replaced by its number. Prints the monotonic time of the first one's sending.
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "connect.h"

namespace {

using namespace choreo::bench;

std::string with_number(const std::string& body, int number) {
  const std::size_t mark = body.find('@');
  require(mark != std::string::npos, "publish: BODY has no @");
  return body.substr(0, mark) + std::to_string(number) + body.substr(mark + 1);
}

void publish(int socket, const std::string& path, const std::string& body, std::atomic<int>& left) {
  for (int number = --left; number >= 0; number = --left) {
    send_all(socket, post_request(path, with_number(body, number)));
    for (std::string answer = receive(socket); !is_whole(answer);) answer += receive(socket);
  }
  close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: publish ADDRESS PATH MESSAGES CONNECTIONS BODY\n");
    return 2;
  }
  const std::string path = argv[2], body = argv[5];
  std::atomic<int> left = std::atoi(argv[3]);
  std::vector<int> sockets;
  for (int i = std::atoi(argv[4]); i > 0; --i) sockets.push_back(connect_to(argv[1]));
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  std::printf("%.6f\n", std::chrono::duration<double>(now).count());
  std::vector<std::thread> threads;
  for (const int socket : sockets) threads.emplace_back([&, socket] { publish(socket, path, body, left); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}
