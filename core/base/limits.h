// Named limits of the contract (SPEC 2). Limits that an operator may change are options instead.
#pragma once

#include <cstddef>
#include <cstdint>

namespace choreo {

inline constexpr std::size_t kMaxJsonDepth = 128;       // nesting levels, the body's own object is the first
inline constexpr std::size_t kMaxEntityIdBytes = 512;   // UTF-8 bytes
inline constexpr std::size_t kMaxTableNameBytes = 128;  // UTF-8 bytes
inline constexpr std::size_t kMaxTraceIdBytes = 128;    // printable ASCII
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;
inline constexpr std::size_t kDefaultMaxBodyBytes = 16u << 20;  // 16 MiB
// Of what an entity gathers (_seg, _syn_from) beside its fields; what goes beyond is kept apart (docs/storage.md).
inline constexpr std::size_t kMaxListBytesInEntity = 512;
inline constexpr std::size_t kMaxGeneratedInAnswer = 1000;  // generated operations listed in an answer (SPEC 4)
inline constexpr std::size_t kMaxGeneratedBytesInAnswer = 8u << 20;   // of these, but for the first
inline constexpr std::int64_t kDefaultMaxGenerated = 250'000;         // CHOREO_MAX_GENERATED: operations a request
inline constexpr std::int64_t kDefaultMaxGeneratedBytes = 128 << 20;  // CHOREO_MAX_GENERATED_BYTES
inline constexpr std::int64_t kDefaultMaxWaitingAppends = 20'000;     // of a worker: CHOREO_MAX_WAITING_APPENDS
inline constexpr std::int64_t kDefaultMaxWaitingBytes = 256 << 20;    // CHOREO_MAX_WAITING_BYTES
inline constexpr std::int64_t kDefaultSnapshotInterval = 1000;        // CHOREO_SNAPSHOT_INTERVAL
inline constexpr std::int64_t kDefaultMaxWalBytes = std::int64_t{16} << 30;
inline constexpr std::int64_t kDefaultLockWaitMs = 20'000;  // CHOREO_LOCK_TIMEOUT_SECS
inline constexpr int kDefaultPageSize = 1000;               // operations or entities a page
inline constexpr int kMaxPageSize = 10000;

}  // namespace choreo
