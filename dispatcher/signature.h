// Standard Webhooks 1.0.0: message ids and signatures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace choreo::dispatcher {

// `msg_` and 32 hexadecimal digits: the same for every attempt to deliver this operation to this webhook, different for
// any other pair, also once an instance of the same name was made anew.
std::string message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                       std::int64_t op_id);

// `v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`. key: control::secret_key() of the webhook's
// secret.
std::string sign(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body);

}  // namespace choreo::dispatcher
