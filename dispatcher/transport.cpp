#include "dispatcher/transport.h"

#include <mutex>

#include "service/descriptors.h"

namespace choreo::dispatcher {
namespace {

constexpr std::int64_t kDescriptorShare = 3;

}  // namespace

Result<std::unique_ptr<Transport>> Transport::make(TransportOptions options, AddressPolicy policy, Clock& clock) {
  static std::once_flag once;
  static CURLcode initialized = CURLE_FAILED_INIT;
  std::call_once(once, [] { initialized = curl_global_init(CURL_GLOBAL_DEFAULT); });
  // Kept connections would leave no descriptor for reading what is to be sent on them.
  options.max_connections = service::connections_within(kDescriptorShare, options.max_connections);
  CURLM* multi = initialized == CURLE_OK ? curl_multi_init() : nullptr;
  if (!multi) return make_error(ErrorKind::unavailable, "curl", "libcurl could not be initialized");
  return std::unique_ptr<Transport>(new Transport(multi, std::move(options), std::move(policy), clock));
}

Transport::Transport(CURLM* multi, TransportOptions options, AddressPolicy policy, Clock& clock)
    : multi_(multi), options_(std::move(options)), policy_(std::move(policy)), clock_(clock) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
}

Transport::~Transport() {
  for (const auto& [handle, delivery] : active_) curl_multi_remove_handle(multi_, handle);
  active_.clear();
  idle_.clear();
  curl_multi_cleanup(multi_);
}

Result<std::unique_ptr<Delivery>> Transport::idle_delivery() {
  if (idle_.empty()) return Delivery::make(options_, policy_, clock_);
  std::unique_ptr<Delivery> delivery = std::move(idle_.back());
  idle_.pop_back();
  return delivery;
}

Status Transport::start(std::uint64_t token, Request request) {
  CHOREO_ASSIGN(std::unique_ptr<Delivery> delivery, idle_delivery());
  CHOREO_TRY(delivery->load(token, std::move(request)));
  const CURLMcode code = curl_multi_add_handle(multi_, delivery->handle());
  if (code != CURLM_OK) return make_error(ErrorKind::unavailable, "curl", curl_multi_strerror(code));
  active_.emplace(delivery->handle(), std::move(delivery));
  return {};
}

std::vector<Transport::Ended> Transport::run(int timeout_ms, int extra_fd) {
  curl_waitfd extra{extra_fd, CURL_WAIT_POLLIN, 0};
  curl_multi_poll(multi_, &extra, extra_fd >= 0 ? 1 : 0, timeout_ms, nullptr);
  int running = 0;
  curl_multi_perform(multi_, &running);

  std::vector<Ended> ended;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message goes with the handle's removal
    CURL* handle = message->easy_handle;
    const auto found = active_.find(handle);
    if (found == active_.end()) continue;
    std::unique_ptr<Delivery> delivery = std::move(found->second);
    active_.erase(found);
    ended.push_back({delivery->token(), delivery->answer(code)});
    curl_multi_remove_handle(multi_, handle);
    delivery->unload();
    idle_.push_back(std::move(delivery));
  }
  return ended;
}

}  // namespace choreo::dispatcher
