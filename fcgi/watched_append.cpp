#include "fcgi/watched_append.h"

#include "base/semaphore.h"
#include "fcgi/append_answer.h"

namespace choreo::fcgi {
namespace {

// Shared by the thread that commits and the one that answers: the latter may end first, when its client is gone.
class Watched : public append::Task {
 public:
  static Result<std::shared_ptr<Watched>> submit(App& app, const std::string& slug, append::Request asked) {
    const auto watched = std::make_shared<Watched>();
    watched->request = std::move(asked);
    watched->request.report = [raw = watched.get()](const append::Progress& progress) { raw->tell(progress); };
    watched->committing_ = watched;
    Status submitted = app.appender.submit(slug, *watched);
    if (submitted.ok()) return watched;
    watched->committing_.reset();
    return std::move(submitted).error();
  }

  // Waits for what is new: how far it is, or nothing once `result` is there.
  std::optional<append::Progress> next() {
    while (true) {
      changed_.wait();
      const std::lock_guard lock(mutex_);
      if (latest_) return std::exchange(latest_, std::nullopt);
      if (finished_) return std::nullopt;
    }
  }

  void finished() override {
    const std::shared_ptr<Watched> until_here = std::move(committing_);
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.post();
  }

 private:
  void tell(const append::Progress& progress) {
    const std::lock_guard lock(mutex_);
    latest_ = progress;
    changed_.post();
  }

  std::mutex mutex_;
  std::optional<append::Progress> latest_;  // guarded by mutex_
  bool finished_ = false;                   // guarded by mutex_
  Semaphore changed_;                       // each time that one of them was set
  std::shared_ptr<Watched> committing_;
};

std::string line_of(const append::Progress& progress) {
  return "{\"progress\":{\"rows\":" + std::to_string(progress.rows) + ",\"of\":" + std::to_string(progress.of) +
         ",\"generated\":" + std::to_string(progress.generated) + "}}\n";
}

std::string last_line(const Watched& watched, const Asked& asked) {
  if (watched.result->ok()) return answer_json(**watched.result, watched.request.dry_run) + "\n";
  const Response refused = refuse(asked, watched.result->error());
  return "{\"status\":" + std::to_string(refused.status) + "," + refused.body.substr(1) + "\n";
}

// Its lines. Each next() waits for one.
class Lines : public server::Body {
 public:
  Lines(std::shared_ptr<Watched> watched, std::optional<append::Progress> first, Asked asked)
      : watched_(std::move(watched)), progress_(first), asked_(std::move(asked)) {}

  Result<bool> next(std::string& out) override {
    if (!begun_)
      begun_ = true;
    else
      progress_ = watched_->next();
    out += progress_ ? line_of(*progress_) : last_line(*watched_, asked_);
    return progress_.has_value();
  }

 private:
  const std::shared_ptr<Watched> watched_;
  std::optional<append::Progress> progress_;
  const Asked asked_;
  bool begun_ = false;
};

}  // namespace

Result<Response> watched_append(App& app, const std::string& slug, append::Request request, Asked asked) {
  CHOREO_ASSIGN(const std::shared_ptr<Watched> watched, Watched::submit(app, slug, std::move(request)));
  const std::optional<append::Progress> first = watched->next();
  if (!first && !watched->result->ok()) return watched->result->error();
  Response response;
  response.content_type = "application/x-ndjson";
  response.headers = {{"X-Accel-Buffering", "no"}};  // nginx must send each line at once
  response.rest = std::make_unique<Lines>(watched, first, std::move(asked));
  return response;
}

}  // namespace choreo::fcgi
