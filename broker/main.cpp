// choreo-broker: role, inputs, outputs, strategy and security stand in broker/broker.h, the frames in docs/wire.md.
// Diagnostics: JSON lines on standard error; exit 2 for bad settings, 1 where another broker has the run directory or a
// socket cannot be made, 0 after SIGTERM or SIGINT.
#include <memory>

#include "broker/broker.h"
#include "log/clean_stop.h"
#include "log/instances.h"
#include "service/daemon.h"
#include "service/descriptors.h"

namespace choreo::broker {
namespace {

Status serve(const service::CommonOptions& options, service::Context& context) {
  // libzmq ends the process where it can accept no connection.
  service::raise_descriptor_limit();
  CHOREO_ASSIGN(const log::Instances instances, log::Instances::open(options.dir));
  {
    CHOREO_ASSIGN(const std::unique_ptr<Broker> broker, Broker::open(instances, options.run_dir));
    context.ready();
    CHOREO_TRY(broker->run(context));
    context.stopping();
  }
  if (const std::int64_t left = log::empty_logs(instances); left > 0)
    service::log_info("write-ahead logs stay beside their databases", {{"logs", left}});
  return {};
}

}  // namespace
}  // namespace choreo::broker

int main(int argc, char** argv) {
  choreo::service::CommonOptions options;
  return choreo::service::run_daemon(
      {"choreo-broker", "puts the workers' commits into order for streams and webhooks"}, argc, argv, options,
      [&](choreo::service::Context& context) { return choreo::broker::serve(options, context); });
}
