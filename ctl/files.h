// Files of backups: private (0600, directories 0700), complete on disk when a function returns.
// Thread-safety: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_error.h"
#include "base/result.h"

namespace choreo::ctl {

Status make_directory(const std::string& path);  // private; must not exist
// Of what must not exist; errors also conflict/exists.
Status make_file(const std::string& path);
Status write_file(const std::string& path, std::string_view text);
Status copy_file(const std::string& from, const std::string& to);
// Into a file that exists.
Status copy_into(const std::string& from, const std::string& to);
Status sync_directory(const std::string& path);
// Never over another; error conflict/exists.
Status rename_file(const std::string& from, const std::string& to);
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);
// 64 hexadecimal digits.
Result<std::string> sha256_of(const std::string& path);
// Regular files below a directory, as paths relative to it, sorted. None where it does not exist.
Result<std::vector<std::string>> files_below(const std::string& directory);
// Gives `path` to the owner of `reference`: root restores what another user will use. Nothing for anyone but root.
Status give_to_owner_of(const std::string& path, const std::string& reference);

}  // namespace choreo::ctl
