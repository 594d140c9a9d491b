// A backup: a directory that is complete when it has its name.
//
//   choreo-2026-11-21T113000Z/
//     manifest.json          when, of what, by which version; each instance with epoch and head; what was left out
//     SHA256SUMS             of every other file, as sha256sum(1) writes and checks it
//     instances/<slug>.db    whole databases, one file each
//     control/               control.db (webhooks with their secrets, tokens' records) and what else is in .control
//     settings/              the settings file, and the keys of tokens (CHOREO_KEYS_DIR)
//
// Invariants: files are 0600, directories 0700; nothing in it changes after it has its name. Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace choreo::ctl {

inline constexpr int kBackupFormat = 1;
inline constexpr const char* kManifest = "manifest.json";
inline constexpr const char* kSums = "SHA256SUMS";
inline constexpr const char* kBackupPrefix = "choreo-";
inline constexpr const char* kUnfinished = ".unfinished";

struct BackedUpInstance {
  std::string slug;
  std::string epoch;
  std::int64_t head = 0;
};

struct LeftOut {
  std::string slug;
  std::string error;
};

struct Manifest {
  std::string version;
  std::string made;  // timestamp
  std::string dir;
  std::vector<BackedUpInstance> instances;
  std::vector<LeftOut> left_out;
  std::vector<std::string> files;  // relative, sorted; without the two that describe them

  std::string json() const;
};

// Writes the manifest and the checksums of a directory that has all its other files.
Status finish_backup(const std::string& directory, Manifest manifest);

// Reads the manifest and checks every file against the checksums.
// Error invalid/bad_backup: damaged or incomplete, with the first file that is wrong and how.
Result<Manifest> check_backup(const std::string& directory);

// The paths of complete backups in a directory, oldest first.
Result<std::vector<std::string>> backups_in(const std::string& directory);

}  // namespace choreo::ctl
