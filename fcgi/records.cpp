#include "fcgi/records.h"

#include <algorithm>

namespace choreo::fcgi {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kBeginRequest = 1;
constexpr std::uint8_t kAbortRequest = 2;
constexpr std::uint8_t kEndRequest = 3;
constexpr std::uint8_t kParams = 4;
constexpr std::uint8_t kStdin = 5;
constexpr std::uint8_t kStdout = 6;
constexpr std::uint8_t kUnknownType = 11;

constexpr std::uint16_t kResponder = 1;
constexpr std::uint8_t kKeepConnection = 1;
constexpr std::uint8_t kRequestComplete = 0;
constexpr std::uint8_t kUnknownRole = 3;

constexpr std::size_t kMaxContentBytes = 65528;  // a multiple of 8, so that no padding is needed
constexpr std::size_t kSmallContentBytes = 4096;
constexpr std::size_t kKeptBytes = std::size_t{64} << 10;  // buffers above it are not kept for the next request

Error broken(const std::string& what) {
  return invalid("fastcgi", "the web server's FastCGI connection is broken: " + what);
}

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint16_t>(byte_at(bytes, i) << 8 | byte_at(bytes, i + 1));
}

void put_header(char* at, std::uint8_t type, std::uint16_t id, std::size_t content_bytes) {
  at[0] = kVersion;
  at[1] = static_cast<char>(type);
  at[2] = static_cast<char>(id >> 8);
  at[3] = static_cast<char>(id & 0xff);
  at[4] = static_cast<char>(content_bytes >> 8);
  at[5] = static_cast<char>(content_bytes & 0xff);
  at[6] = 0;
  at[7] = 0;
}

void append_header(std::string& out, std::uint8_t type, std::uint16_t id, std::size_t content_bytes) {
  char header[kRecordHeaderBytes];
  put_header(header, type, id, content_bytes);
  out.append(header, sizeof header);
}

void append_end(std::string& out, std::uint16_t id, std::uint8_t protocol_status) {
  append_header(out, kEndRequest, id, 8);
  out.append(4, '\0');  // the application's status, which nobody reads
  out += static_cast<char>(protocol_status);
  out.append(3, '\0');
}

// The length of a name or value: one byte, or four with the first bit set. False where the text ends before it does.
bool take_length(std::string_view& text, std::size_t& length) {
  if (text.empty()) return false;
  length = byte_at(text, 0);
  std::size_t used = 1;
  if (length & 0x80) {
    if (text.size() < 4) return false;
    length = (length & 0x7f) << 24 | std::size_t{byte_at(text, 1)} << 16 | number_at(text, 2);
    used = 4;
  }
  text.remove_prefix(used);
  return true;
}

// Empties it without keeping the room of an unusual request.
void clear(std::string& text) {
  if (text.capacity() > kKeptBytes)
    std::string().swap(text);
  else
    text.clear();
}

}  // namespace

std::string_view RequestReader::parameter(std::string_view name) const {
  for (const auto& [known, value] : parameters_)
    if (known == name) return value;
  return {};
}

void RequestReader::next() {
  begun_ = parameters_done_ = body_done_ = false;
  parameters_.clear();
  clear(parameters_text_);
  clear(body_);
}

Status RequestReader::take(std::string_view bytes) {
  while (true) {
    if (!in_record_) {
      if (bytes.empty()) return {};
      const std::size_t n = std::min(kRecordHeaderBytes - header_.size(), bytes.size());
      header_.append(bytes.substr(0, n));
      bytes.remove_prefix(n);
      if (header_.size() < kRecordHeaderBytes) return {};
      CHOREO_TRY(begin_record());
    }
    const std::size_t n = std::min(content_left_, bytes.size());
    if (n > 0) CHOREO_TRY(content(bytes.substr(0, n)));
    content_left_ -= n;
    bytes.remove_prefix(n);
    const std::size_t skipped = std::min(padding_left_, bytes.size());
    padding_left_ -= skipped;
    bytes.remove_prefix(skipped);
    if (content_left_ > 0 || padding_left_ > 0) return {};
    in_record_ = false;
    CHOREO_TRY(end_record());
  }
}

Status RequestReader::begin_record() {
  if (byte_at(header_, 0) != kVersion) return broken("a record is not of version 1");
  type_ = byte_at(header_, 1);
  record_id_ = number_at(header_, 2);
  content_left_ = number_at(header_, 4);
  padding_left_ = byte_at(header_, 6);
  header_.clear();
  in_record_ = true;
  small_.clear();
  if (body_done_) return broken("a record follows a request that is not answered yet");
  const bool stream = type_ == kParams || type_ == kStdin;
  if (stream && (!begun_ || record_id_ != id_)) return broken("a record of no request");
  if (type_ == kParams && parameters_done_) return broken("parameters after their end");
  if (type_ == kStdin && !parameters_done_) return broken("a body before the end of the parameters");
  // The end of a stream is a record without content; of one with content nothing else is to be known.
  if (!stream && content_left_ > kSmallContentBytes) return broken("a control record is too long");
  return {};
}

Status RequestReader::content(std::string_view bytes) {
  if (type_ == kStdin) {
    body_.append(bytes);
  } else if (type_ == kParams) {
    if (parameters_text_.size() + bytes.size() > kMaxParameterBytes) return broken("the parameters are too long");
    parameters_text_.append(bytes);
  } else {
    small_.append(bytes);
  }
  if (type_ == kStdin || type_ == kParams) small_.assign(1, 'x');  // this record is not the end of its stream
  return {};
}

Status RequestReader::end_record() {
  switch (type_) {
    case kBeginRequest:
      return begin_request();
    case kAbortRequest:
      return broken("the server gave up a request");
    case kParams:
      if (!small_.empty()) return {};
      parameters_done_ = true;
      return parse_parameters();
    case kStdin:
      if (small_.empty()) body_done_ = true;
      return {};
    default:
      append_header(replies_, kUnknownType, 0, 8);
      replies_ += static_cast<char>(type_);
      replies_.append(7, '\0');
      return {};
  }
}

Status RequestReader::begin_request() {
  if (begun_) return broken("a second request before the end of the first");
  if (small_.size() < 3) return broken("a request begins without a role");
  if (number_at(small_, 0) != kResponder) {
    append_end(replies_, record_id_, kUnknownRole);
    return {};
  }
  keep_connection_ = byte_at(small_, 2) & kKeepConnection;
  id_ = record_id_;
  begun_ = true;
  return {};
}

Status RequestReader::parse_parameters() {
  std::string_view text = parameters_text_;
  while (!text.empty()) {
    std::size_t name = 0, value = 0;
    if (!take_length(text, name) || !take_length(text, value) || name > text.size() || value > text.size() - name)
      return broken("a parameter is longer than the parameters");
    parameters_.emplace_back(text.substr(0, name), text.substr(name, value));
    text.remove_prefix(name + value);
  }
  return {};
}

void finish_stdout(std::string& out, std::size_t begin, std::uint16_t id) {
  std::size_t left = out.size() - begin - kRecordHeaderBytes;
  if (left <= kMaxContentBytes) {
    put_header(out.data() + begin, kStdout, id, left);
    return;
  }
  const std::string content = out.substr(begin + kRecordHeaderBytes);
  out.resize(begin);
  for (std::size_t at = 0; at < content.size(); at += kMaxContentBytes) {
    const std::size_t n = std::min(kMaxContentBytes, content.size() - at);
    append_header(out, kStdout, id, n);
    out.append(content, at, n);
  }
}

void append_end_request(std::string& out, std::uint16_t id) {
  append_end(out, id, kRequestComplete);
}

void append_last_of_connection(std::string& out) {
  out.append(kRecordHeaderBytes, '\0');
}

}  // namespace choreo::fcgi
