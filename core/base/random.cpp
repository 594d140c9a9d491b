#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace choreo {
namespace {

// Ids take a few bytes at a time; a system call for each would cost more than the id.
constexpr std::size_t kStoreBytes = 512;

class SystemRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    thread_local std::array<std::uint8_t, kStoreBytes> store;
    thread_local std::size_t left = 0;
    if (bytes.size() > kStoreBytes / 4) return draw(bytes);
    if (left < bytes.size()) {
      draw(store);
      left = store.size();
    }
    std::copy_n(store.end() - static_cast<std::ptrdiff_t>(left), bytes.size(), bytes.begin());
    std::fill_n(store.end() - static_cast<std::ptrdiff_t>(left), bytes.size(),
                0);  // what was given out may be a secret
    left -= bytes.size();
  }

 private:
  static void draw(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = getrandom(bytes.data() + done, bytes.size() - done, 0);
      if (n < 0 && errno != EINTR) std::abort();  // no entropy source: nothing safe can be done
      if (n > 0) done += static_cast<std::size_t>(n);
    }
  }
};

}  // namespace

std::uint64_t Random::next_u64() {
  std::uint8_t bytes[8];
  fill(bytes);
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::string Random::hex(std::size_t n) {
  std::string out(2 * n, '0');
  const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(out.data()), n);
  fill(bytes);
  // From the last byte on, so that none is overwritten before it is read.
  for (std::size_t i = n; i-- > 0;) {
    const std::uint8_t byte = bytes[i];
    out[2 * i] = "0123456789abcdef"[byte >> 4];
    out[2 * i + 1] = "0123456789abcdef"[byte & 15];
  }
  return out;
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  // splitmix64: enough for tests, and the same everywhere.
  for (std::uint8_t& b : bytes) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    b = static_cast<std::uint8_t>(z >> 56);
  }
}

}  // namespace choreo
