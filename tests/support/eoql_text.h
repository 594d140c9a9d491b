// A parsed query as text again: every part written out, in one fixed form that parses to the same query.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/timestamp.h"
#include "eoql/query.h"
#include "json/string.h"

namespace choreo::test {

inline const char* text_of(eoql::Comparison comparison) {
  static constexpr const char* kTexts[] = {"=", "!=", "<", "<=", ">", ">="};
  return kTexts[static_cast<int>(comparison)];
}

// The key as it must be written: between quotes where a bare one could not hold it.
inline std::string key_of(const eoql::Condition& condition) {
  static constexpr const char* kPrefixes[] = {"target.",  "context.", "frame.",        "_seg.",     "_has_sup",
                                              "_has_nul", "_ops.",    "_include_dead", "_only_dead"};
  const std::string key = kPrefixes[static_cast<int>(condition.scope)] + condition.name;
  const bool bare =
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
  return bare ? key : json::quote(key);
}

class ParameterList {
 public:
  void add(const std::string& key, const std::string& value) { add(key, "=", value); }
  void add(const std::string& key, const std::string& comparison, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + key + comparison + value;
  }
  void add(const eoql::Condition& c) { add(key_of(c), text_of(c.comparison), c.value.json); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

inline std::string text_of(const eoql::ChainQuery& chain) {
  ParameterList list;
  list.add("hops", std::to_string(chain.hops));
  list.add("min_coupling", chain.min_coupling);
  if (chain.stance) list.add("stance", *chain.stance);
  if (chain.exclude) list.add("exclude", *chain.exclude);
  return "CON(" + list.text() + ")";
}

inline std::string text_of(const eoql::StateQuery& query) {
  ParameterList list;
  if (query.table) list.add("context.table", json::quote(*query.table));
  if (query.at) list.add("at", json::quote(*query.at));
  if (query.at_op) list.add("at_op", std::to_string(*query.at_op));
  if (query.limit) list.add("limit", std::to_string(*query.limit));
  if (!query.order.empty()) list.add("order", json::quote((query.descending ? "-target." : "target.") + query.order));
  for (const eoql::Condition& filter : query.filters) list.add(filter);
  return "state(" + list.text() + ")" + (query.chain ? " >> " + text_of(*query.chain) : "");
}

inline std::string text_of(const eoql::StreamQuery& query) {
  ParameterList list;
  if (query.op) list.add("op", *query.op);
  for (const std::string& op : query.not_ops) list.add("op", "!=", op);
  if (query.after_ms) list.add("after", format_timestamp(*query.after_ms));
  if (query.before_ms) list.add("before", format_timestamp(*query.before_ms));
  list.add("limit", std::to_string(query.limit));
  for (const eoql::Condition& filter : query.filters) list.add(filter);
  return "stream(" + list.text() + ")";
}

inline std::string text_of(const eoql::Query& query) {
  return std::visit([](const auto& parts) { return text_of(parts); }, query);
}

}  // namespace choreo::test
