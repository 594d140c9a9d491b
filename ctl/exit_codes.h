// What choreoctl's exit status says; documented in docs/choreoctl.md.
#pragma once

#include "base/result.h"

namespace choreo::ctl {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;       // the server, or the data, said no: the sentence on standard error says why
inline constexpr int kBadUsage = 2;     // the command line or a setting is wrong; nothing was done
inline constexpr int kUnreachable = 3;  // nobody answers at the url
inline constexpr int kFound = 4;        // verify or doctor looked, and found something wrong

// Codes of errors that have an exit status of their own.
inline constexpr const char* kUsageCode = "bad_usage";
inline constexpr const char* kUnreachableCode = "unreachable";

inline int exit_code_of(const Error& error) {
  if (error.code == kUsageCode || error.code == "bad_option") return kBadUsage;
  return error.code == kUnreachableCode ? kUnreachable : kFailed;
}

inline Error bad_usage(std::string message) {
  return invalid(kUsageCode, std::move(message));
}

}  // namespace choreo::ctl
