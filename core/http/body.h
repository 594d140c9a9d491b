// What the headers and the first bytes of a request's body say of it: is it JSON, in UTF-8, as it is?
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::http {

// "Application/JSON ; charset=utf-8" → "application/json": type and subtype without parameters, in lower case, which is
// how RFC 9110 (8.3.1) compares media types. "" where the value is no media type.
std::string media_type(std::string_view content_type);

// Newline-delimited JSON: application/x-ndjson, application/ndjson or application/jsonl.
bool is_json_lines(std::string_view content_type);

// Scripts often send JSON under curl's default type or none at all, so only what cannot be JSON is refused, and every
// Content-Encoding but `identity`. Errors: unsupported_media/not_json, unsupported_media/unsupported_coding.
Status check_body_headers(std::string_view content_type, std::string_view content_encoding);

// The body without a byte order mark in front. Errors: invalid/bad_utf8 where it is UTF-16 or UTF-32, which it names;
// unsupported_media/unsupported_coding where it begins as compressed data does.
Result<std::string_view> json_text(std::string_view body);

}  // namespace choreo::http
