// Where the sources of this build are, with the documents and files that tests read.
#pragma once

#include <filesystem>

namespace choreo::test {

// The repository's root. `__FILE__` does not lead there: a compiler cache may make it relative.
std::filesystem::path source_dir();

}  // namespace choreo::test
