// What delivering costs libcurl alone: the same POST again and again over its multi interface, with kept connections.
//
// usage: bare-deliveries URL COUNT AT_ONCE REQUEST_FILE
// REQUEST_FILE: header lines, an empty line, the body. Prints the processor time it took, in seconds.
#include <curl/curl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "bare-deliveries: %s\n", what);
  std::exit(1);
}

struct Request {
  curl_slist* headers = nullptr;
  std::string body;
};

Request read(const char* path) {
  std::ifstream file(path);
  Request request;
  for (std::string line; std::getline(file, line) && !line.empty();)
    request.headers = curl_slist_append(request.headers, line.c_str());
  std::ostringstream rest;
  rest << file.rdbuf();
  request.body = rest.str();
  require(request.headers && !request.body.empty(), "the request has no headers or no body");
  return request;
}

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

void load(CURL* handle, const char* url, const Request& request) {
  curl_easy_setopt(handle, CURLOPT_URL, url);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, request.headers);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 10'000L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &ignore);
}

void deliver(CURLM* multi, int count, int at_once, const char* url, const Request& request) {
  int started = 0;
  for (; started < at_once && started < count; ++started) {
    CURL* handle = curl_easy_init();
    load(handle, url, request);
    curl_multi_add_handle(multi, handle);
  }
  for (int done = 0; done < count;) {
    curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    int running = 0;
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      CURL* handle = message->easy_handle;
      long status = 0;
      curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
      require(message->data.result == CURLE_OK && status == 204, "a delivery failed");
      curl_multi_remove_handle(multi, handle);
      ++done;
      if (started++ < count)
        curl_multi_add_handle(multi, handle);
      else
        curl_easy_cleanup(handle);
    }
  }
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bare-deliveries URL COUNT AT_ONCE REQUEST_FILE\n");
    return 2;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const Request request = read(argv[4]);
  CURLM* multi = curl_multi_init();
  deliver(multi, std::atoi(argv[2]), std::atoi(argv[3]), argv[1], request);
  std::printf("%.6f\n", processor_seconds());
  return 0;
}
