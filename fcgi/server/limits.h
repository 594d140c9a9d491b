// Named limits of the FastCGI layer. What an operator may change is in ServerOptions (server.h) instead.
#pragma once

#include <cstddef>
#include <cstdint>

namespace choreo::fcgi::server {

inline constexpr std::size_t kMaxParameterBytes = std::size_t{256} << 10;  // of one request; nginx's own are lower
// A longer body is read by a thread while it arrives. What is gathered by the loop is at most these two together.
inline constexpr std::size_t kGatheredBodyBytes = std::size_t{256} << 10;
inline constexpr std::size_t kGatheredBytes = std::size_t{1} << 20;  // of records, however little is in each of them
inline constexpr std::size_t kLookBytes = std::size_t{64}
                                          << 10;  // how much of a request is looked at before it is read

inline constexpr std::int64_t kReceiveMs = 60000;   // from the first byte of a request until it is whole
inline constexpr int kBodySilenceMs = 20000;        // how long a thread waits for the next bytes of a large body
inline constexpr std::int64_t kDiscardMs = 30000;   // for the rest of a body after its answer
inline constexpr int kPatienceMs = 5;               // a thread waits so long for a reader before it leaves the answer
inline constexpr int kLongPatienceMs = 1000;        // the same where many answers wait already
inline constexpr std::size_t kParkedPerThread = 1;  // answers that wait without trouble, for each thread,
inline constexpr std::size_t kParkedAtLeast = 8;    // and in all
inline constexpr std::size_t kParkedBeyond = 2;     // half as many more wait while none is stalled
inline constexpr std::int64_t kStalledMs = 5000;    // a reader that takes nothing for so long is given up for others
inline constexpr std::size_t kWaitingAside = 64;    // requests that wait for the thread kept aside
inline constexpr std::size_t kRefusedAtOnce = 128;  // connections over the limit that are told so
inline constexpr std::int64_t kOverdueMs = 1000;    // between two looks for what took too long

inline constexpr int kListenBacklog = 1024;
inline constexpr int kDrainMs = 30000;     // how long a stop waits for requests that are received or served
inline constexpr int kIdleDrainMs = 2000;  // and for connections without one to be closed by the web server

// The socket's buffer is set to this size, and the kernel doubles it. What is known to fit is written without asking.
inline constexpr int kSocketBufferBytes = 104 << 10;
inline constexpr std::size_t kUnaskedBytes = std::size_t{96} << 10;
inline constexpr std::size_t kChunkBytes = std::size_t{48} << 10;  // written at once after the socket took the last
inline constexpr std::size_t kSmallWriteBytes = 2048;  // what the kernel counts for a short write, at the most

}  // namespace choreo::fcgi::server
