// Whether the schema of a database is the one that this program makes.
//
// Purpose: a file that somebody else made can have the right version number and tables that act differently.
// Thread-safety: as of the databases.
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::sqlite {

// The first object that could run code of its own (a trigger, a view, a virtual table), as "the trigger 'x'"; "" if
// there is none.
Result<std::string> active_object(Database& db);

// Tables of an earlier program that are taken as they are: their columns must have the expected names, none computed;
// they may have indexes of columns, unique ones of a single column in `unique`.
struct TakenOver {
  std::set<std::string> tables = {};
  std::set<std::string> unique = {};
};

// The first difference, as a sentence's end ("has a table 'x' that …"); "" if there is none. Tables must be the same
// in every column, key, constraint and default. Indexes must be among the expected ones; one that is missing is no
// difference.
Result<std::string> schema_difference(Database& found, Database& expected, const TakenOver& taken_over = {});

// Makes the tables and indexes of `from`, without their rows, and its user_version. REQUIRES: `to` is empty, and `from`
// has no active_object().
Status copy_schema(Database& from, Database& to);

// Copies the rows of a table that both have.
Status copy_rows(Database& from, Database& to, const std::string& table);

}  // namespace choreo::sqlite
