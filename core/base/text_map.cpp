#include "base/text_map.h"

#include <bit>
#include <cstring>

#include "base/random.h"

namespace choreo {
namespace {

constexpr std::size_t kWordBytes = 8;
constexpr int kFinalRounds = 3;

// SipHash (Aumasson, Bernstein), with one round for each word and three at the end.
class Sip {
 public:
  explicit Sip(const HashKey& key)
      : a_(key.low ^ 0x736f6d6570736575),
        b_(key.high ^ 0x646f72616e646f6d),
        c_(key.low ^ 0x6c7967656e657261),
        d_(key.high ^ 0x7465646279746573) {}

  void take(std::uint64_t word) {
    d_ ^= word;
    round();
    a_ ^= word;
  }
  std::uint64_t finish() {
    c_ ^= 0xff;
    for (int i = 0; i < kFinalRounds; ++i) round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  void round() {
    a_ += b_;
    b_ = std::rotl(b_, 13) ^ a_;
    a_ = std::rotl(a_, 32);
    c_ += d_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ += d_;
    d_ = std::rotl(d_, 21) ^ a_;
    c_ += b_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }
  std::uint64_t a_, b_, c_, d_;
};

std::uint64_t word_at(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

}  // namespace

std::uint64_t sip_hash(std::string_view text, const HashKey& key) {
  Sip sip(key);
  std::size_t at = 0;
  for (; at + kWordBytes <= text.size(); at += kWordBytes) sip.take(word_at(text.data() + at, kWordBytes));
  const std::uint64_t rest = at == text.size() ? 0 : word_at(text.data() + at, text.size() - at);
  sip.take(rest | static_cast<std::uint64_t>(text.size()) << 56);
  return sip.finish();
}

std::size_t KeyedHash::operator()(std::string_view text) const {
  static const HashKey key{system_random().next_u64(), system_random().next_u64()};
  return sip_hash(text, key);
}

}  // namespace choreo
