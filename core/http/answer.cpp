#include "http/answer.h"

#include "base/text.h"
#include "json/string.h"

namespace choreo::http {
namespace {

struct StatusOfCode {
  std::string_view code;
  int status;
};

// Errors that have a status of their own within their kind.
constexpr StatusOfCode kOwnStatuses[] = {{"token_missing", 401},       {"bad_token", 401},     {"token_expired", 401},
                                         {"token_not_yet_valid", 401}, {"token_revoked", 401}, {"code_required", 401},
                                         {"wrong_code", 401},          {"code_used", 401},     {"request_timeout", 408},
                                         {"too_many_codes", 429}};

int code_of(const Error& error) {
  for (const auto& [code, status] : kOwnStatuses)
    if (error.code == code) return status;
  switch (error.kind) {
    case ErrorKind::invalid:
      return 400;
    case ErrorKind::forbidden:
      return 403;
    // Gone while we worked: to the client, an instance that is not there.
    case ErrorKind::not_found:
    case ErrorKind::gone:
      return 404;
    case ErrorKind::method_not_allowed:
      return 405;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::precondition_failed:
      return 412;
    case ErrorKind::too_large:
      return 413;
    case ErrorKind::unsupported_media:
      return 415;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::storage_full:
      return 507;
    case ErrorKind::internal:
      break;
  }
  return 500;
}

constexpr std::size_t kMaxMessageBytes = 4096;
constexpr std::size_t kMaxFieldBytes = 256;

// What a client is told of an error. The text of an exception is for the log: it names our source, not its mistake.
std::string told(const Error& error) {
  if (error.kind == ErrorKind::internal && error.code == "internal")
    return "the server made a mistake with this request; its log says more under the trace id of this answer";
  return shortened(error.message, kMaxMessageBytes);
}

// Messages are written as they read in a log line; a client gets a sentence.
std::string sentence(std::string message) {
  if (message.empty()) return message;
  if (message[0] >= 'a' && message[0] <= 'z') message[0] = static_cast<char>(message[0] - 'a' + 'A');
  if (std::string_view(".!?").find(message.back()) == std::string_view::npos) message += '.';
  return message;
}

}  // namespace

std::string_view reason_of(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Internal Server Error";
  }
}

StatusLine status_of(const Error& error) {
  const int code = code_of(error);
  return {code, reason_of(code)};
}

std::string challenge(const Error& error) {
  const std::string realm = "Bearer realm=\"choreo\"";
  const bool bad_token = error.code == "bad_token" || error.code.starts_with("token_");
  return bad_token && error.code != "token_missing" ? realm + ", error=\"invalid_token\"" : realm;
}

std::string error_body(const Error& error) {
  std::string body = "{\"error\":" + json::quote(sentence(told(error))) + ",\"code\":" + json::quote(error.code);
  if (error.position) body += ",\"position\":" + std::to_string(*error.position);
  if (error.index) body += ",\"index\":" + std::to_string(*error.index);
  if (!error.field.empty()) body += ",\"field\":" + json::quote(shortened(error.field, kMaxFieldBytes));
  if (!error.extra.empty()) body += "," + error.extra;
  return body + "}";
}

}  // namespace choreo::http
