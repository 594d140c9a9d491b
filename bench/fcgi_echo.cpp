// The ceiling of a request: libfcgi reads the body and answers with it, or with given bytes where there is no body, and
// nothing else happens.
//
// usage: fcgi-echo SOCKET THREADS [ANSWER]
// Started behind the same nginx configuration as choreo-fcgi, so that what differs is what Choreo does with a request.
#include <fcgiapp.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kBacklog = 1024;
constexpr std::size_t kMaxBody = 64 * 1024;

void serve(int socket, const std::string& answer) {
  FCGX_Request request;
  FCGX_InitRequest(&request, socket, 0);
  std::vector<char> body(kMaxBody);
  while (FCGX_Accept_r(&request) == 0) {
    const int read = FCGX_GetStr(body.data(), static_cast<int>(body.size()), request.in);
    const char* bytes = read > 0 ? body.data() : answer.data();
    const int size = read > 0 ? read : static_cast<int>(answer.size());
    const std::string head =
        "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    FCGX_PutStr(head.data(), static_cast<int>(head.size()), request.out);
    FCGX_PutStr(bytes, size, request.out);
    FCGX_Finish_r(&request);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: fcgi-echo SOCKET THREADS [ANSWER]\n");
    return 2;
  }
  FCGX_Init();
  std::signal(SIGTERM, SIG_DFL);  // libfcgi takes it for a request to finish accepting, and its threads never look
  const int socket = FCGX_OpenSocket(argv[1], kBacklog);
  if (socket < 0) {
    std::perror(argv[1]);
    return 1;
  }
  const std::string answer = argc == 4 ? argv[3] : "";
  std::vector<std::thread> threads;
  for (int i = std::atoi(argv[2]); i > 0; --i) threads.emplace_back(serve, socket, std::cref(answer));
  for (std::thread& thread : threads) thread.join();
}
