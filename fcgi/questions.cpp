#include "fcgi/questions.h"

#include <algorithm>
#include <optional>
#include <string>

#include "access/credentials.h"
#include "access/jwt.h"

namespace choreo::fcgi {
namespace {

constexpr int kMay = 204;
constexpr int kMayNot = 403;

// A header carries it as it is. What holds other characters is no token, and is refused by whoever is shown it.
bool can_be_token(std::string_view text) {
  return !text.empty() && text.size() <= access::kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Response it_may() {
  Response response;
  response.status = kMay;
  return response;
}

Response it_may_not(Response refusal) {
  refusal.headers.emplace_back("X-Choreo-Status", std::to_string(refusal.status));
  refusal.headers.emplace_back("X-Choreo-Error", std::move(refusal.body));
  refusal.status = kMayNot;
  refusal.body.clear();
  return refusal;
}

Response token_in_address(const Request& request) {
  Response response = it_may();
  const std::optional<std::string> token = request.target.parameter(access::kQueryName);
  if (token && can_be_token(*token)) response.headers.emplace_back("X-Choreo-Token", *token);
  return response;
}

}  // namespace choreo::fcgi
