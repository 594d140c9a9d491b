// What each route takes: parameters of the query, members of a JSON body, headers that set a condition. The one place
// that says so; docs/openapi.json has the same, held by a test. A route without a line takes nothing.
// Thread-safety: constants.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "control/webhooks.h"
#include "http/parameters.h"

namespace choreo::fcgi {

struct RouteInput {
  std::string_view method;
  std::string_view pattern;
  http::Parameters parameters = {};
  std::span<const std::string_view> members = {};  // of a JSON object in the body, where the route reads one
  bool conditional = false;                        // it takes If-Match and Idempotency-Key
};

namespace inputs {

using http::Parameter;
using Kind = http::Parameter::Kind;

inline constexpr std::int64_t kMaxBuckets = 1000;
inline constexpr std::int64_t kMaxHistoryPage = 1000;  // attempts or dead deliveries

inline constexpr Parameter kPage{"limit", Kind::integer, 1, kMaxPageSize};
inline constexpr Parameter kHistoryPage{"limit", Kind::integer, 1, kMaxHistoryPage};
inline constexpr Parameter kTextCursor{"cursor"};
inline constexpr Parameter kIdCursor{"cursor", Kind::integer, 0};
inline constexpr Parameter kRowCursor{"cursor", Kind::integer, 1};
inline constexpr Parameter kAt{"at", Kind::time};
inline constexpr Parameter kAtOp{"at_op", Kind::integer, 0};
inline constexpr Parameter kReplay{"replay"};

inline constexpr std::array kDocs = {Parameter{"format", Kind::choice, 0, 0, "text json"}};
inline constexpr std::array kAppend = {Parameter{"dry_run", Kind::flag}, Parameter{"progress", Kind::flag}};
inline constexpr std::array kLog = {Parameter{"after", Kind::integer, 0}, kPage};
inline constexpr std::array kHistogram = {Parameter{"buckets", Kind::integer, 1, kMaxBuckets},
                                          Parameter{"from", Kind::time}, Parameter{"to", Kind::time}};
inline constexpr std::array kTable = {kPage, kTextCursor, kAt, kAtOp, kReplay};
inline constexpr std::array kEntity = {kAt, kAtOp};
inline constexpr std::array kQuery = {Parameter{"q"}, kReplay};
inline constexpr std::array kBiography = {kPage, kIdCursor};
inline constexpr std::array kGaps = {kPage, kTextCursor};
inline constexpr std::array kAttempts = {Parameter{"status"}, Parameter{"op_id", Kind::integer, 1}, kHistoryPage,
                                         kRowCursor};
inline constexpr std::array kDead = {kHistoryPage, kRowCursor};

inline constexpr std::array<std::string_view, 2> kSession = {"token", "code"};
inline constexpr std::array<std::string_view, 1> kSlug = {"slug"};
inline constexpr std::array<std::string_view, 1> kOperations = {"operations"};
inline constexpr std::array<std::string_view, 1> kUrl = {"url"};
inline constexpr std::array<std::string_view, 4> kReplayed = {"from", "to", "op_ids", "dead"};
inline constexpr std::array<std::string_view, 2> kRotation = {"overlap_seconds", "secret"};

}  // namespace inputs

inline constexpr std::array kRouteInputs = {
    RouteInput{"GET", "/docs", inputs::kDocs},
    RouteInput{"POST", "/auth/session", {}, inputs::kSession},
    RouteInput{"POST", "/instances", {}, inputs::kSlug},
    RouteInput{"POST", "/instances/{}/seed", {}, inputs::kOperations},
    // Unknown members of an operation are not refused here: the log takes them.
    RouteInput{"POST", "/{}/operations", inputs::kAppend, {}, true},
    RouteInput{"GET", "/{}/operations", inputs::kLog},
    RouteInput{"GET", "/{}/histogram", inputs::kHistogram},
    RouteInput{"GET", "/{}/state/{}", inputs::kTable},
    RouteInput{"GET", "/{}/state/{}/{}", inputs::kEntity},
    RouteInput{"GET", "/{}/query", inputs::kQuery},
    RouteInput{"GET", "/{}/biography/{}", inputs::kBiography},
    RouteInput{"GET", "/{}/gaps/{}", inputs::kGaps},
    RouteInput{"GET", "/{}/webhooks/{}/attempts", inputs::kAttempts},
    RouteInput{"GET", "/{}/webhooks/{}/dead", inputs::kDead},
    RouteInput{"POST", "/{}/webhooks", {}, control::kRegistrationMembers},
    RouteInput{"DELETE", "/{}/webhooks", {}, inputs::kUrl},
    RouteInput{"PATCH", "/{}/webhooks/{}", {}, control::kRegistrationMembers},
    RouteInput{"POST", "/{}/webhooks/{}/replay", {}, inputs::kReplayed},
    RouteInput{"POST", "/{}/webhooks/{}/rotate-secret", {}, inputs::kRotation},
};

inline constexpr RouteInput kNoInput{};
constexpr const RouteInput& route_input(std::string_view method, std::string_view pattern) {
  for (const RouteInput& input : kRouteInputs)
    if (input.method == method && input.pattern == pattern) return input;
  return kNoInput;
}

}  // namespace choreo::fcgi
