// The texts of a stream (docs/stream.md), in the syntax of the HTML standard, "Server-sent events".
// Thread-safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace choreo::streamer {

// The name of an operation's event where the client asks for no other, and those of the stream's own events.
inline constexpr std::string_view kOperationName = "op";
inline constexpr std::array<std::string_view, 4> kOwnEvents = {"position", "reset", "gone", "denied"};
// What an event without a name is to its readers.
inline constexpr std::string_view kUnnamed = "message";

// `id: N\nevent: op\ndata: `, what stands before the operation's JSON.
std::string operation_event_head(std::int64_t id);
// A line break in json, which can only stand between tokens, becomes a space: a data field is one line.
std::string operation_event(std::int64_t id, std::string_view json);

// The first lines of every stream: the epoch as a comment, for clients that cannot read headers, and `retry:`. No blank
// line follows them or a heartbeat: it would end a block without data, which some clients report as an empty message.
std::string preamble(std::string_view epoch, std::int64_t retry_ms);
// Everything up to id has been looked at, nothing that was not sent passes the filter.
std::string position_event(std::int64_t id);
// The client's position means nothing here; what follows starts at the beginning. See after_reset for `id`.
std::string reset_event(std::string_view id, std::int64_t head, std::string_view epoch);
std::string gone_event(std::string_view slug, std::string_view epoch);
// The token of the stream expired or was revoked: code says which.
std::string denied_event(std::string_view code);
std::string retry_field(std::int64_t retry_ms);
inline constexpr std::string_view kHeartbeat = ":\n";

// Ids of a connection that was reset because of `epoch=`: the same integer with a zero before it. A browser reconnects
// to the same URL, outdated epoch included, with the last id it saw: the zero tells that this id was counted after the
// reset.
inline constexpr std::string_view kAfterReset = "0";
// The same event with its id marked. REQUIRES: the text starts with "id: ".
std::string mark_after_reset(std::string_view event_text);
// An operation's event under another name; kUnnamed leaves the line out. REQUIRES: the text is operation_event()'s.
std::string renamed(std::string_view event_text, std::string_view name);

}  // namespace choreo::streamer
