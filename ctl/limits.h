// What choreoctl takes at most of what others can make large: files, and the answers of a server.
#pragma once

#include <cstddef>

namespace choreo::ctl {

inline constexpr std::size_t kMaxLineBytes = 64u << 20;     // of a file or standard input, or a whole file that is read
inline constexpr std::size_t kMaxRecordBytes = 64u << 20;   // of a CSV file, over all its lines
inline constexpr std::size_t kMaxEventBytes = 64u << 20;    // a line of a stream, and the data of an event
inline constexpr std::size_t kMaxAnswerBytes = 1u << 30;    // the body of an answer; a page of 1,000 operations fits
inline constexpr std::size_t kMaxColumns = 16'384;          // of a CSV file that is written, as spreadsheets have it
inline constexpr std::size_t kMaxSnapshotBytes = 1u << 30;  // of rows in one ingest; the server's own limit is lower
inline constexpr std::size_t kMaxOutputBytes = 1u << 20;    // what is kept of what another program prints

}  // namespace choreo::ctl
