// How many files a process may have open.
// Thread-safety: raise_descriptor_limit() before there are threads; the rest from any.
#pragma once

#include <cstddef>
#include <cstdint>

namespace choreo::service {

// Raises the soft limit to the hard one, since it is for programs that still use select(), and returns it.
std::int64_t raise_descriptor_limit();

// How many databases may be kept open so that they take one in `share` of the descriptors: at most `wanted`, at
// least 1.
std::size_t databases_within(std::int64_t share, std::size_t wanted);

// The same for connections, of which each takes one.
std::size_t connections_within(std::int64_t share, std::size_t wanted);

inline constexpr std::int64_t kDatabaseDescriptors = 3;  // the file, its write-ahead log and its index

}  // namespace choreo::service
