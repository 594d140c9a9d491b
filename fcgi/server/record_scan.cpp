#include "fcgi/server/record_scan.h"

#include <algorithm>
#include <string>

#include "fcgi/server/limits.h"

namespace choreo::fcgi::server {
namespace {

constexpr unsigned kVersion = 1;
constexpr unsigned kBeginRequest = 1, kParams = 4, kStdin = 5;
constexpr unsigned kResponder = 1;
constexpr unsigned kFourBytes = 0x80;  // in the first byte of a length

Error broken(const std::string& what) {
  return invalid("fastcgi", "the web server's FastCGI connection is broken: " + what);
}

}  // namespace

Status RecordScan::take(std::string_view bytes) {
  if (!bytes.empty()) begun_ = true;
  while (!bytes.empty()) {
    if (phase_ == Phase::done) return broken("bytes follow a request that is not answered yet");
    ends_in_body_ = false;
    if (header_bytes_ < header_.size()) {
      const std::size_t n = std::min(header_.size() - header_bytes_, bytes.size());
      std::copy_n(bytes.begin(), n, header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
      header_bytes_ += n;
      bytes.remove_prefix(n);
      if (header_bytes_ == header_.size()) CHOREO_TRY(begin_record());
    } else if (content_left_ > 0) {
      const std::size_t n = std::min(content_left_, bytes.size());
      CHOREO_TRY(content(bytes.substr(0, n)));
      content_left_ -= n;
      bytes.remove_prefix(n);
    } else {
      const std::size_t n = std::min(padding_left_, bytes.size());
      padding_left_ -= n;
      bytes.remove_prefix(n);
    }
    if (header_bytes_ == header_.size() && content_left_ == 0 && padding_left_ == 0) CHOREO_TRY(end_record());
  }
  return {};
}

Status RecordScan::begin_record() {
  const unsigned type = header_[1], id = header_[2] << 8u | header_[3];
  if (header_[0] != kVersion) return broken("a record is not of version 1");
  content_bytes_ = content_left_ = std::size_t{header_[4]} << 8 | header_[5];
  padding_left_ = header_[6];
  if (phase_ == Phase::begin) {
    if (type != kBeginRequest) return broken("a record of no request");
    if (id == 0 || content_bytes_ != begin_.size()) return broken("a request begins without an id and a role");
    id_ = id;
    return {};
  }
  // Also a request that is given up, and records about the connection, which nginx does not send.
  if (id != id_ || type != (phase_ == Phase::parameters ? kParams : kStdin))
    return broken("a record of type " + std::to_string(type) + " has no place in this request");
  return {};
}

Status RecordScan::content(std::string_view bytes) {
  if (phase_ == Phase::parameters) return parameters(bytes);
  if (phase_ == Phase::body) {
    body_bytes_ += bytes.size();
    ends_in_body_ = true;
    return {};
  }
  std::copy(bytes.begin(), bytes.end(), begin_.end() - static_cast<std::ptrdiff_t>(content_left_));
  return {};
}

Status RecordScan::end_record() {
  header_bytes_ = 0;
  if (phase_ == Phase::begin) {
    if ((begin_[0] << 8u | begin_[1]) != kResponder) return broken("a request asks for another role than responder");
    phase_ = Phase::parameters;
  } else if (content_bytes_ == 0 && phase_ == Phase::parameters) {
    if (pair_left_ > 0 || value_length_ || length_bytes_left_ > 0)
      return broken("a parameter is longer than the parameters");
    phase_ = Phase::body;
  } else if (content_bytes_ == 0) {
    phase_ = Phase::done;
  }
  return {};
}

// Most pairs lie whole in one record and have lengths of one byte. Stops at the first that does not.
void RecordScan::skip_whole_pairs(std::string_view& bytes) const {
  if (pair_left_ > 0 || value_length_ || length_bytes_left_ > 0) return;
  while (bytes.size() >= 2) {
    const unsigned name = static_cast<unsigned char>(bytes[0]), value = static_cast<unsigned char>(bytes[1]);
    if (((name | value) & kFourBytes) != 0 || bytes.size() - 2 < std::size_t{name} + value) return;
    bytes.remove_prefix(std::size_t{2} + name + value);
  }
}

// Pairs of lengths and texts, which may be cut anywhere between two records.
Status RecordScan::parameters(std::string_view bytes) {
  parameter_bytes_ += bytes.size();
  if (parameter_bytes_ > kMaxParameterBytes)
    return make_error(ErrorKind::too_large, "fastcgi",
                      "a request's parameters are over the limit of " + std::to_string(kMaxParameterBytes) + " bytes");
  skip_whole_pairs(bytes);
  while (!bytes.empty()) {
    if (pair_left_ > 0) {
      const std::size_t n = std::min(pair_left_, bytes.size());
      pair_left_ -= n;
      bytes.remove_prefix(n);
      continue;
    }
    const unsigned byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (length_bytes_left_ == 0 && (byte & kFourBytes) != 0) {
      length_ = byte & ~kFourBytes;
      length_bytes_left_ = 3;
      continue;
    }
    length_ = length_bytes_left_ > 0 ? length_ << 8 | byte : byte;
    if (length_bytes_left_ > 0 && --length_bytes_left_ > 0) continue;
    pair_bytes_ += length_;
    if (pair_bytes_ > kMaxParameterBytes) return broken("a parameter is longer than the parameters");
    if (value_length_) pair_left_ = std::exchange(pair_bytes_, 0);
    value_length_ = !value_length_;
  }
  return {};
}

}  // namespace choreo::fcgi::server
