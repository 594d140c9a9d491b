// The members of a webhook's registration: each checks its value (canonical JSON) and sets it; null, where it is
// allowed, gives back the default. Internal to core/control. Errors: invalid, with the member's name as the field.
#pragma once

#include <string_view>

#include "control/webhooks.h"

namespace choreo::control {

Status parse_url(std::string_view value, Webhook& webhook);
Status parse_filter(std::string_view value, Webhook& webhook);
Status parse_tables(std::string_view value, Webhook& webhook);
Status parse_where(std::string_view value, Webhook& webhook);
Status parse_headers(std::string_view value, Webhook& webhook);
Status parse_description(std::string_view value, Webhook& webhook);
Status parse_active(std::string_view value, Webhook& webhook);
Status parse_delivery(std::string_view value, Webhook& webhook);
Status parse_format(std::string_view value, Webhook& webhook);
Status parse_max_in_flight(std::string_view value, Webhook& webhook);
Status parse_secret(std::string_view value, Webhook& webhook);
Status parse_from(std::string_view value, Webhook& webhook);

// Nothing where the value is no integer that fits.
std::optional<std::int64_t> integer_of(std::string_view value);

}  // namespace choreo::control
