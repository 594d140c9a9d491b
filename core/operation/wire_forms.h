// From a request body to a Draft: the object form and the dot form of SPEC 2, and every refusal of that section.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "operation/operation.h"

namespace choreo {

// The draft's warnings say what of it is not read. REQUIRES: nothing; body is what the client sent. All errors are kind
// invalid with the code, the field and, for syntax, the position: bad_json bad_utf8 too_deep not_an_object
// duplicate_key unknown_op bad_target bad_context bad_frame bad_operand bad_id bad_table bad_guid bad_address
// missing_op, and those of check_operation.
Result<Draft> parse_operation(std::string_view body);

// The same from one element of a batch that is canonical already (seed). `ts` is read into ts_ms where present and
// neither null nor empty; error bad_timestamp. Warns of nothing.
Result<Draft> parse_canonical_operation(std::string_view object);

// What an operator refuses whatever its form: CON's coupling and stance, SUP's variants, a REC's options (SPEC 3 and
// 4). Error::field is the path, e.g. "frame.match_on". Errors: bad_coupling bad_stance bad_variants bad_field bad_rows
// (with the row's index) bad_match_on bad_absence_means bad_null_fields_mean bad_ignore_fields bad_rule
// bad_min_cluster_size bad_min_internal_coupling bad_min_stance.
Status check_operation(const Draft& draft);

// `tables.<table>[.<id>[.fields.<field>]]` (SPEC 2, dot form). All views point into the address.
struct DotAddress {
  std::string_view table;
  std::string_view id;     // empty at table level
  std::string_view field;  // empty where no field is named
};
Result<DotAddress> parse_dot_address(std::string_view address);

}  // namespace choreo
