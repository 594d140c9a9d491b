// The randomness seam.
// Thread-safety: implementations are safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace choreo {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
  std::uint64_t next_u64();
  // Lower-case hexadecimal text of n random bytes.
  std::string hex(std::size_t n);
};

// The kernel's generator (getrandom); suitable for secrets. Lives as long as the process.
Random& system_random();

// A repeatable sequence for tests.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_;
};

}  // namespace choreo
