// While it lives libcrypto computes nothing in this process: no provider fits what is asked for.
#pragma once

#include <openssl/evp.h>

namespace choreo::test {

class NoCrypto {
 public:
  NoCrypto() { EVP_set_default_properties(nullptr, "provider=none"); }
  ~NoCrypto() { EVP_set_default_properties(nullptr, ""); }
  NoCrypto(const NoCrypto&) = delete;
  NoCrypto& operator=(const NoCrypto&) = delete;
};

}  // namespace choreo::test
