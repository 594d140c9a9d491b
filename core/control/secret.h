// Secrets of the Standard Webhooks form: `whsec_` and base64 of 24 to 64 bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace choreo::control {

std::string new_secret(Random& random);

// The key's bytes; nothing if the text is not a secret of that form.
std::optional<std::string> secret_key(std::string_view secret);

// Standard base64 with padding.
std::string base64(std::string_view bytes);

}  // namespace choreo::control
