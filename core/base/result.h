// Errors as values.
//
// Purpose: every fallible function returns Result<T> or Status; exceptions of libraries stop at the adapter that calls
// them. An Error carries what an HTTP answer or a log line needs, so that callers pass it on and never rephrase it.
// Thread-safety: values; no shared state.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace choreo {

// What went wrong, in terms of what the caller can do about it. fcgi/ maps each kind to one HTTP status.
enum class ErrorKind {
  invalid,              // 400: the input is wrong and will stay wrong
  forbidden,            // 403
  not_found,            // 404
  method_not_allowed,   // 405
  conflict,             // 409
  gone,                 // 410: it was there and was deleted while we worked
  precondition_failed,  // 412
  too_large,            // 413
  unsupported_media,    // 415
  unavailable,          // 503: try again, e.g. locked for too long, corrupt file
  storage_full,         // 507
  internal,             // 500: a defect of ours
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string code;                          // snake_case, stable, for programs
  std::string message;                       // one sentence for people: what, where, what is allowed
  std::optional<std::size_t> position = {};  // byte offset in the input
  std::optional<std::size_t> index = {};     // element of a batch, from 0
  std::string field = {};                    // name of the offending member
  std::string extra = {};                    // JSON members to add to the answer, e.g. "\"current\":{…}"; no braces
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok().
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

inline Error invalid(std::string code, std::string message, std::string field = {}) {
  Error error{ErrorKind::invalid, std::move(code), std::move(message)};
  error.field = std::move(field);
  return error;
}
inline Error make_error(ErrorKind kind, std::string code, std::string message) {
  return Error{kind, std::move(code), std::move(message)};
}

}  // namespace choreo

// Names and declarations cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses)
// Returns the error of a Status or Result to the caller's caller.
#define CHOREO_TRY(expression) CHOREO_TRY_INNER(CHOREO_CONCAT(choreo_status_, __LINE__), expression)
#define CHOREO_TRY_INNER(status, expression)                                        \
  do {                                                                              \
    if (auto status = (expression); !status.ok()) return std::move(status).error(); \
  } while (false)

#define CHOREO_CONCAT_INNER(a, b) a##b
#define CHOREO_CONCAT(a, b) CHOREO_CONCAT_INNER(a, b)
// CHOREO_ASSIGN(auto x, f()): x is f()'s value, or the error is returned.
#define CHOREO_ASSIGN(declaration, expression) \
  CHOREO_ASSIGN_INNER(CHOREO_CONCAT(choreo_result_, __LINE__), declaration, expression)
#define CHOREO_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                \
  if (!result.ok()) return std::move(result).error();        \
  declaration = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
