#include "base/digest.h"

namespace choreo {

Error crypto_unavailable(const std::string& what) {
  return make_error(ErrorKind::unavailable, "crypto_unavailable",
                    "libcrypto does not compute " + what + " at the moment");
}

}  // namespace choreo
