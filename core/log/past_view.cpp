#include "log/past_view.h"

#include "base/timestamp.h"
#include "projection/projector.h"

namespace choreo::log {
namespace {

constexpr int kPageOperations = 1000;
constexpr std::size_t kPageBytes = 4u << 20;

class Until {
 public:
  explicit Until(const Moment& moment) : moment_(moment) {
    if (moment.until_ms) text_ = format_timestamp(*moment.until_ms);
  }
  bool past_the_end(const Operation& operation) const { return moment_.last_id && operation.id > *moment_.last_id; }
  bool counts(const Operation& operation) const {
    if (!moment_.until_ms) return true;
    if (operation.ts.size() == text_.size() && operation.ts.back() == 'Z') return operation.ts <= text_;
    // The earlier system wrote times in other forms too.
    const Result<std::int64_t> ms = parse_timestamp(operation.ts);
    return !ms.ok() || *ms <= *moment_.until_ms;
  }

 private:
  const Moment& moment_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<Past>> replay_until(Reader& reader, const Moment& moment) {
  auto past = std::make_unique<Past>();
  const Until until(moment);
  for (std::int64_t after = 0;;) {
    CHOREO_ASSIGN(const std::vector<Operation> page, reader.page(after, kPageOperations, kPageBytes));
    if (page.empty()) return past;
    for (const Operation& operation : page) {
      if (until.past_the_end(operation)) return past;
      if (!until.counts(operation)) continue;
      CHOREO_TRY(projection::apply(operation, past->state));
      past->last_op = operation.id;
    }
    after = page.back().id;
  }
}

}  // namespace choreo::log
