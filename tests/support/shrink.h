// Finds a small failing input by leaving parts of a large one out (Zeller's ddmin).
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

namespace choreo::test {

inline constexpr int kMaxShrinkAttempts = 2000;

// failing: an input for which fails() is true. Returns one from which no single part can be left out, or the smallest
// found within kMaxShrinkAttempts.
template <class Part>
std::vector<Part> shrink(std::vector<Part> failing, const std::function<bool(const std::vector<Part>&)>& fails) {
  int attempts = 0;
  for (std::size_t chunk = std::max<std::size_t>(failing.size() / 2, 1);; chunk = std::max<std::size_t>(chunk / 2, 1)) {
    bool smaller = false;
    for (std::size_t at = 0; at < failing.size() && attempts < kMaxShrinkAttempts;) {
      std::vector<Part> without(failing.begin(), failing.begin() + static_cast<std::ptrdiff_t>(at));
      without.insert(without.end(), failing.begin() + static_cast<std::ptrdiff_t>(std::min(at + chunk, failing.size())),
                     failing.end());
      ++attempts;
      if (fails(without)) {
        failing = std::move(without);
        smaller = true;
      } else {
        at += chunk;
      }
    }
    if ((chunk == 1 && !smaller) || attempts >= kMaxShrinkAttempts) return failing;
  }
}

}  // namespace choreo::test
