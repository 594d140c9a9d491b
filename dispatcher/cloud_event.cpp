#include "dispatcher/cloud_event.h"

#include "json/string.h"

namespace choreo::dispatcher {
namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  json::append_string(out, text);
}

}  // namespace

std::string cloud_event(std::string_view id, std::string_view instance, std::string_view type, std::string_view subject,
                        std::string_view time, std::string_view data) {
  std::string out = "{\"specversion\":\"1.0\"";
  member(out, "id", id);
  member(out, "source", std::string("/").append(instance));
  member(out, "type", std::string("choreo.").append(type));
  if (!subject.empty()) member(out, "subject", subject);
  if (!time.empty()) member(out, "time", time);
  member(out, "datacontenttype", "application/json");
  return out.append(",\"data\":").append(data).append("}");
}

}  // namespace choreo::dispatcher
