// What must hold for any bytes sent as an operation. Each function returns the property that did not hold, or "".
#pragma once

#include <string>
#include <string_view>

#include "json/canonical.h"
#include "json/object.h"
#include "json/string.h"
#include "operation/wire_forms.h"

namespace choreo::fuzz {

inline std::string broken_error(const Error& error, std::size_t size) {
  if (error.kind != ErrorKind::invalid) return "a refusal is the client's fault";
  if (error.code.empty() || error.message.empty()) return "a refusal has a code and a sentence";
  if (!json::is_utf8(error.message) || !json::is_utf8(error.field)) return "a refusal's texts are UTF-8";
  if (error.message.size() > 1000) return "a refusal's sentence is short";
  if (error.position.value_or(0) > size) return "a refusal's position is inside the text";
  return "";
}

inline bool is_canonical_object(std::string_view text) {
  const auto canonical = json::canonicalize(text);
  return canonical.ok() && *canonical == text && json::is_object(text) && json::Object::parse(text).text() == text;
}

inline std::string broken_draft(const Draft& draft) {
  for (const std::string* text : {&draft.target, &draft.context, &draft.frame}) {
    if (!is_canonical_object(*text)) return "target, context and frame are canonical objects without repeated keys";
  }
  std::string object_form = "{\"op\":";
  json::append_string(object_form, name_of(draft.op));
  object_form += ",\"target\":" + draft.target + ",\"context\":" + draft.context + ",\"frame\":" + draft.frame + "}";
  const auto again = parse_canonical_operation(object_form);
  if (!again.ok()) return "what is stored can be sent again";
  if (again->target != draft.target || again->context != draft.context || again->frame != draft.frame) {
    return "what is stored is stored the same when sent again";
  }
  return "";
}

inline std::string broken_texts(const Draft& draft) {
  Operation operation;
  operation.id = 1;
  operation.pretty_id = pretty_id(draft.target, operation.id);
  operation.op = draft.op;
  operation.target = draft.target;
  operation.context = draft.context;
  operation.frame = draft.frame;
  std::string json;
  append_json(json, operation);
  if (!is_canonical_object(json)) return "an operation's JSON is canonical";
  if (!is_canonical_object(webhook_body(json))) return "a webhook's body is canonical";
  if (!json::is_utf8(table_of(draft.context)) || table_of(draft.context).empty()) return "every operation has a table";
  for (const std::string& id : mentioned_ids(draft.target)) {
    if (id.empty() || id.size() > kMaxEntityIdBytes || !json::is_utf8(id)) return "a mentioned id is an id";
  }
  return "";
}

inline std::string broken_request_body(std::string_view body) {
  const auto draft = parse_operation(body);
  if (!draft.ok()) return broken_error(draft.error(), body.size());
  if (std::string broken = broken_draft(*draft); !broken.empty()) return broken;
  return broken_texts(*draft);
}

}  // namespace choreo::fuzz
