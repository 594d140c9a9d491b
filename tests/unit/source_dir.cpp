#include "support/source_dir.h"

namespace choreo::test {

std::filesystem::path source_dir() {
  return CHOREO_SOURCE_DIR;
}

}  // namespace choreo::test
