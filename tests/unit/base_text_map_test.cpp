#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "base/random.h"
#include "base/text_map.h"

using namespace choreo;

namespace {

// One block of MurmurHash64A, which libstdc++ hashes text with, and the way back.
constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
constexpr int kShift = 47;
constexpr std::uint64_t kTopBit = std::uint64_t{1} << 63;

constexpr std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t x = odd;
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
  return x;
}
std::uint64_t mixed(std::uint64_t block) {
  block *= kMultiplier;
  return (block ^ block >> kShift) * kMultiplier;
}
std::uint64_t unmixed(std::uint64_t block) {
  block *= inverse(kMultiplier);
  return (block ^ block >> kShift) * inverse(kMultiplier);
}
// A block, and another one whose share in the hash differs in the top bit only. Two such blocks in a row, both
// exchanged, leave the hash as it is, whatever stands before and after.
std::pair<std::string, std::string> exchangeable(Random& random) {
  const std::uint64_t one = random.next_u64(), other = unmixed(mixed(one) ^ kTopBit);
  std::string a(sizeof one, '\0'), b(sizeof one, '\0');
  std::memcpy(a.data(), &one, sizeof one);
  std::memcpy(b.data(), &other, sizeof other);
  return {a, b};
}

std::vector<std::string> colliding_ids(int doublings) {
  SeededRandom random(1);
  std::vector<std::string> ids = {""};
  for (int i = 0; i < doublings; ++i) {
    const auto first = exchangeable(random), second = exchangeable(random);
    const std::size_t count = ids.size();
    for (std::size_t at = 0; at < count; ++at) {
      ids.push_back(ids[at] + first.second + second.second);
      ids[at] += first.first + second.first;
    }
  }
  return ids;
}

template <class Set>
std::size_t fullest_bucket(const Set& set) {
  std::size_t most = 0;
  for (std::size_t bucket = 0; bucket < set.bucket_count(); ++bucket) most = std::max(most, set.bucket_size(bucket));
  return most;
}

}  // namespace

TEST_CASE("faults_a6 ids that were chosen to collide in std::hash do not collide here") {
  const std::vector<std::string> ids = colliding_ids(11);
  std::unordered_set<std::string> chosen(ids.begin(), ids.end());
  REQUIRE(chosen.size() == 2048);
  if (std::hash<std::string>()(ids.front()) == std::hash<std::string>()(ids.back()))  // so it is on 64 bits
    CHECK(fullest_bucket(chosen) == ids.size());
  const TextSet keyed(ids.begin(), ids.end());
  CHECK(keyed.size() == ids.size());
  CHECK(fullest_bucket(keyed) < 16);
  CHECK(keyed.contains(std::string_view(ids.back())));
}

TEST_CASE("faults_a6 the hash is SipHash-1-3 and depends on all of its key") {
  const HashKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  CHECK(sip_hash("", key) == 0xabac0158050fc4dc);  // of the reference implementation
  const std::string text = "an id of some length";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string_view part = std::string_view(text).substr(0, length);
    CHECK(sip_hash(part, key) != sip_hash(part, {key.low ^ 1, key.high}));
    CHECK(sip_hash(part, key) != sip_hash(part, {key.low, key.high ^ 1}));
    CHECK(sip_hash(part, key) != sip_hash(std::string(part) + '\0', key));
  }
}
