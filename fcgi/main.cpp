// choreo-fcgi: the workers behind nginx.
//
// Role: every request but the stream: writes by group commit, reads, registrations.
// Inputs: FastCGI requests on a listening socket shared with other workers; the data directory.
// Outputs: answers; hints to the broker over ZeroMQ (never waited for).
// Security: runs unprivileged; needs the data directory and the run directory, no network.
// Diagnostics: JSON lines on standard error; docs/configuration.md.
#include <malloc.h>

#include <memory>

#include "access/credentials.h"
#include "access/totp_key.h"
#include "base/clock.h"
#include "control/file.h"
#include "fcgi/app.h"
#include "fcgi/descriptors.h"
#include "fcgi/handler.h"
#include "fcgi/server/connection.h"
#include "fcgi/server/server.h"
#include "log/clean_stop.h"

namespace {

using namespace choreo;

// Null where CHOREO_AUTH=none.
Result<std::unique_ptr<access::Gate>> open_gate(const fcgi::Options& options, const log::Instances& instances,
                                                int socket) {
  if (!options.access.needs_token()) {
    CHOREO_TRY(access::check_local(socket));
    return std::unique_ptr<access::Gate>();
  }
  CHOREO_ASSIGN(auto gate, access::Gate::open(instances.control_dir(), options.access.keys_dir, system_clock()));
  if (const auto key = access::TotpKey::load(options.access.keys_dir); !key.ok())  // not every site has one
    if (key.error().kind != ErrorKind::not_found) return key.error();
  gate->start();
  return gate;
}

fcgi::server::ServerOptions server_options(const fcgi::Options& options) {
  return {static_cast<std::size_t>(options.fcgi_threads), static_cast<std::size_t>(options.fcgi_waiting),
          static_cast<std::size_t>(options.fcgi_connections), options.answer_deadline_secs * 1000};
}

Status serve(const fcgi::Options& options, const log::Instances& instances, service::Context& context) {
  const std::string socket_path = options.fcgi_socket.empty() ? options.run_dir + "/fcgi.sock" : options.fcgi_socket;
  CHOREO_TRY(fcgi::server::start_library());
  CHOREO_ASSIGN(const int socket, fcgi::server::listening_socket(options.listen_fd, socket_path));
  CHOREO_ASSIGN(const std::unique_ptr<access::Gate> gate, open_gate(options, instances, socket));
  fcgi::App app(options, instances, gate.get());
  fcgi::Router router;
  app.add_routes(router);
  fcgi::RouterHandler handler(router, static_cast<std::size_t>(options.max_body_bytes));
  return fcgi::server::serve(
      socket, server_options(options), handler, [&] { return app.counted(); }, context);
}

// Rows and answers of a megabyte come and go on many threads: each from the system by itself, and back to it, so that
// they do not leave holes in the heaps of all of them.
void set_up_heap() {
  constexpr int kFromTheSystemBytes = 256 << 10;
  constexpr int kHeaps = 4;
  ::mallopt(M_MMAP_THRESHOLD, kFromTheSystemBytes);
  ::mallopt(M_ARENA_MAX, kHeaps);
}

Status run(const fcgi::Options& given, service::Context& context) {
  set_up_heap();
  const fcgi::Options options = fcgi::within_descriptors(given);
  CHOREO_ASSIGN(log::Instances instances, log::Instances::open(options.dir));
  instances.limit_to(options.max_instances);
  instances.wait_for_locks(options.lock_timeout_secs * 1000);
  instances.remove_unused_locks();
  CHOREO_TRY(serve(options, instances, context));
  if (const std::int64_t left = log::empty_logs(instances); left > 0)
    service::log_info("write-ahead logs stay beside their databases", {{"logs", left}});
  if (const Status emptied = control::empty_log(instances.control_dir()); !emptied.ok())
    service::log_error("the write-ahead log of control.db stays", emptied.error());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  fcgi::Options options;
  return service::run_daemon({"choreo-fcgi", "Serves Choreo's writes and reads to nginx over FastCGI."}, argc, argv,
                             options, [&](service::Context& context) { return run(options, context); });
}
