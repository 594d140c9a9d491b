// Hashed maps and sets whose keys are text that a client may have chosen.
//
// Purpose: with std::hash a client can choose ids that all fall into one bucket, and then each look-up costs as much
// as there are ids. Here the hash has a key (SipHash-1-3) that each process draws at random. A test keeps every other
// unordered container of text out of the tree. Where the order is of use, or keys are few, std::map does as well.
// Thread-safety: as std::unordered_map. Look-ups take a std::string_view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace choreo {

struct HashKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

std::uint64_t sip_hash(std::string_view text, const HashKey& key);

struct KeyedHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const;  // with the key of this process
};

template <class Value>
using TextMap = std::unordered_map<std::string, Value, KeyedHash, std::equal_to<>>;
using TextSet = std::unordered_set<std::string, KeyedHash, std::equal_to<>>;

}  // namespace choreo
