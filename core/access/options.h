// The settings of whoever lets clients in (docs/configuration.md).
#pragma once

#include <string>

#include "options/options.h"

namespace choreo::access {

struct Options {
  std::string auth = "none";                  // CHOREO_AUTH: token, or none, which serves this machine alone
  std::string keys_dir = "/etc/choreo/keys";  // CHOREO_KEYS_DIR

  bool needs_token() const { return auth == "token"; }
  void declare(options::OptionSet& set) {
    set.add_choice("auth", auth, {"none", "token"}, "what a client needs: a token, or nothing, on this machine alone");
    set.add("keys-dir", keys_dir, "directory of the keys that tokens are signed with");
  }
};

}  // namespace choreo::access
