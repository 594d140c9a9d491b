#include "fuzz/token.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string broken = choreo::fuzz::broken_token({reinterpret_cast<const char*>(data), size});
  if (!broken.empty()) {
    std::fprintf(stderr, "Broken: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
