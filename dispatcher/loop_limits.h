// Named limits and intervals of the dispatcher's loop.
#pragma once

#include <cstddef>
#include <cstdint>

namespace choreo::dispatcher {

inline constexpr std::int64_t kVersionCheckMs = 1000;   // looking for registrations without being told
inline constexpr std::int64_t kPositionFlushMs = 1000;  // storing positions that moved over filtered operations only
inline constexpr std::int64_t kSettleMs = 2;            // an outcome that can wait for others to be stored with it
inline constexpr std::size_t kSettleOutcomes = 32;      // so many wait at most
inline constexpr int kStorageWaitMs = 500;  // for another program's lock on control.db: answers wait meanwhile
inline constexpr std::int64_t kStorageRetryMs = 1000;   // while control.db cannot be written
inline constexpr std::int64_t kBlockedMs = 1000;        // while a log cannot be read
inline constexpr std::int64_t kForgetMs = 3'600'000;    // removing attempts that are too old
inline constexpr std::int64_t kCountMs = 5000;          // counting what control.db has, for metrics
inline constexpr std::int64_t kPingTimeoutMs = 20'000;  // a test, where the setting allows more
inline constexpr std::int64_t kMinTimerMs = 5;          // least delay of a timer, so that none can spin
inline constexpr std::int64_t kDrainMs = 5000;          // deliveries on their way when a stop is asked for
inline constexpr int kMaxWaitMs = 1000;
inline constexpr int kStepsATurn = 1024;                 // of admission, so that outcomes are not kept waiting
inline constexpr int kReplayPortion = 64;                // operations of a replay that are taken at once
inline constexpr int kScanATurn = 256;                   // operations one webhook looks at before the next has its turn
inline constexpr std::size_t kWebhookBytes = 16u << 20;  // bodies on their way to one webhook (or one larger body)
inline constexpr std::size_t kAllBytes = 256u << 20;     // and to all of them

}  // namespace choreo::dispatcher
