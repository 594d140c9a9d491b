// One function for each operator that does more than count itself on an entity. See projector.h.
#pragma once

#include "json/object.h"
#include "operation/operation.h"
#include "projection/store.h"

namespace choreo::projection {

// An operation with its members taken apart once.
struct Parsed {
  const Operation& operation;
  json::Object target;
  json::Object context;
  json::Object frame;
  std::string table;
};

Status apply_ins(const Parsed& op, Store& store);
Status apply_alt(const Parsed& op, Store& store);
Status apply_des(const Parsed& op, Store& store);
Status apply_nul(const Parsed& op, Store& store);
Status apply_con(const Parsed& op, Store& store);
Status apply_syn(const Parsed& op, Store& store);
Status apply_sup(const Parsed& op, Store& store);
Status apply_seg(const Parsed& op, Store& store);
Status apply_rec(const Parsed& op, Store& store);

// _provenance of the fields that an INS or ALT sets.
class EntityEdit;
void write_provenance(const Parsed& op, EntityEdit& entity);

// CON's stance where none was given (SPEC 3).
std::string_view stance_of_coupling(std::string_view coupling);

}  // namespace choreo::projection
