// CloudEvents 1.0, structured mode: https://github.com/cloudevents/spec.
#pragma once

#include <string>
#include <string_view>

namespace choreo::dispatcher {

inline constexpr std::string_view kCloudEventType = "application/cloudevents+json";

// {"specversion","id","source":"/instance","type":"choreo.…","subject"?,"time"?,"datacontenttype","data"}.
// subject, time: left out where empty. data: JSON.
std::string cloud_event(std::string_view id, std::string_view instance, std::string_view type, std::string_view subject,
                        std::string_view time, std::string_view data);

}  // namespace choreo::dispatcher
