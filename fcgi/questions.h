// What nginx asks of a request before it serves it (nginx/fragments/question.conf). The question is the FastCGI
// parameter CHOREO_ASKS, beside the method, the address and the credentials of the request; no client can send it.
//
//   may    whether the request may have a body: 204, or 403 with what the request is to be answered instead
//   token  the token in the address of a stream, decoded: 204 with X-Choreo-Token, which is missing where there is none
//
// Thread-safety: pure functions.
#pragma once

#include <string_view>

#include "fcgi/request.h"

namespace choreo::fcgi {

inline constexpr const char* kQuestion = "CHOREO_ASKS";
inline constexpr std::string_view kAsksWhetherItMay = "may";
inline constexpr std::string_view kAsksForToken = "token";

Response it_may();

// refusal: the whole answer that the request would get. Its status and body go to headers, since nginx reads nothing
// else of what it asked for.
Response it_may_not(Response refusal);

Response token_in_address(const Request& request);

}  // namespace choreo::fcgi
