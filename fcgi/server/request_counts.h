// What a worker counts of its requests, for GET /metrics.
// Thread-safety: all functions from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "service/metrics.h"

namespace choreo::fcgi::server {

class RequestCounts {
 public:
  // An answer is ready, so long after its request had arrived.
  void note(int status, std::int64_t us);
  void append_to(service::Values& values) const;

 private:
  using Count = std::atomic<std::int64_t>;
  static constexpr int kFirstStatus = 100;
  static constexpr int kStatuses = 500;
  struct Bound {
    std::int64_t us;
    const char* name;  // in seconds
  };
  static constexpr std::array<Bound, 9> kBounds = {{{1'000, "0.001"},
                                                    {5'000, "0.005"},
                                                    {10'000, "0.01"},
                                                    {50'000, "0.05"},
                                                    {100'000, "0.1"},
                                                    {500'000, "0.5"},
                                                    {1'000'000, "1"},
                                                    {5'000'000, "5"},
                                                    {20'000'000, "20"}}};

  std::array<Count, kStatuses> by_status_{};
  std::array<Count, kBounds.size() + 1> by_duration_{};  // each up to its bound, the last beyond all
  Count us_{0};
};

}  // namespace choreo::fcgi::server
