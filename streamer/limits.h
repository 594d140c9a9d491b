// Named limits of the streamer. What an operator may change is an option (streamer/options.h) instead.
#pragma once

#include <cstddef>
#include <cstdint>

namespace choreo::streamer {

// Requests
inline constexpr std::size_t kMaxHeadBytes = 32u << 10;  // request line and headers; what nginx lets through by default
inline constexpr std::int64_t kHeadDeadlineMs = 10'000;  // from accept to the end of the headers
inline constexpr std::int64_t kLingerMs = 2'000;         // after our last byte, for the client to read it and close
inline constexpr std::int64_t kMaxTail = 10'000;         // operations, `tail=`
inline constexpr std::size_t kMaxFilterValues = 100;     // values of one kind of filter
inline constexpr std::size_t kMaxEpochBytes = 64;
inline constexpr std::size_t kMaxEventNameBytes = 64;     // `event=`
inline constexpr std::int64_t kSpareConnections = 1'000;  // connections beyond the streams allowed, for everything else
inline constexpr std::int64_t kSpareDescriptors = 192;    // databases, sockets to the broker, logs
inline constexpr std::int64_t kAcceptBackoffMs = 100;     // pause when accept() has no descriptors left
inline constexpr int kListenBacklog = 4096;

// The live edge
inline constexpr std::size_t kRingEvents = 4096;             // recent events a feed keeps
inline constexpr std::size_t kRingBytes = 1u << 20;          // of their text; the newest event stays whatever its size
inline constexpr std::int64_t kRingAgeMs = 10'000;           // a feed that has been quiet for this long keeps none
inline constexpr std::size_t kPassSessions = 64;             // streams served before the loop looks at other work
inline constexpr std::size_t kUndeliveredBytes = 32u << 20;  // updates on their way to one loop; beyond it, hints only

// One stream
inline constexpr std::size_t kWriteEvents = 64;         // events gathered into one write
inline constexpr std::size_t kWriteBytes = 64u << 10;   // of their text; at least one event
inline constexpr std::size_t kCopyBytes = 16u << 10;    // of events that are copied for one stream; at least one event
inline constexpr int kWritesPerTurn = 4;                // then other streams have their turn
inline constexpr std::int64_t kSweepMs = 1'000;         // heartbeats, deadlines, positions: one timer a loop
inline constexpr std::int64_t kPositionEvery = 10'000;  // operations scanned without a match between two positions
inline constexpr int kHistoryAttempts = 30;  // failed reads of the log in a row, one a sweep, before giving up

// The log
inline constexpr int kHistoryThreads = 2;
inline constexpr int kScanThreads = 1;  // scans at once, of all streams: operations that filters look at in the log
inline constexpr int kPageOperations = 1'000;
inline constexpr std::size_t kPageBytes = 256u << 10;     // of operations' JSON; at least one operation
inline constexpr std::size_t kPageCacheBytes = 8u << 20;  // for streams that catch up side by side
inline constexpr std::int64_t kPageIdleMs = 5'000;        // a page nobody asked for in this time is dropped
inline constexpr std::size_t kReadersPerThread = 8;       // open databases
inline constexpr std::int64_t kReaderIdleMs = 5'000;      // then they are closed

// The end
inline constexpr std::int64_t kDrainMs = 2'500;       // over which streams are ended on shutdown
inline constexpr std::int64_t kDrainPerStreamMs = 2;  // few streams end sooner
inline constexpr std::int64_t kDrainStepMs = 50;
inline constexpr std::int64_t kDrainGraceMs = 400;     // for clients to close, then we do
inline constexpr std::int64_t kRetryJitterMs = 5'000;  // added to `retry:` on shutdown, so that clients spread

}  // namespace choreo::streamer
