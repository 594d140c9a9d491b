#include "fcgi/options.h"

#include "service/unix_listener.h"

namespace choreo::fcgi {

void Options::declare(options::OptionSet& set) {
  CommonOptions::declare(set);
  access.declare(set);
  const auto fits = [](const std::string& text) {
    return std::string(text.size() <= service::kMaxUnixPathBytes ? "" : "a path of at most 107 bytes");
  };
  set.add("fcgi-socket", fcgi_socket, fits,
          "unix socket to listen on where none is inherited (default <run-dir>/fcgi.sock)");
  set.add("listen-fd", listen_fd, -1, 65535,
          "descriptor of an inherited listening socket; -1: LISTEN_FDS, else fcgi-socket");
  set.add("fcgi-threads", fcgi_threads, 1, 1000, "threads for requests other than appends");
  set.add("fcgi-waiting", fcgi_waiting, 1, 100000, "requests that wait for a thread before 503");
  set.add("fcgi-connections", fcgi_connections, 16, 65536, "connections of web servers before 503");
  set.add("answer-deadline-secs", answer_deadline_secs, 1, 86400, "how long an answer waits for its reader in total");
  set.add("max-body-bytes", max_body_bytes, 1024, std::int64_t{1} << 30, "largest request body");
  set.add("max-seed-bytes", max_seed_bytes, 1024, std::int64_t{4} << 30, "largest body of POST /instances/{slug}/seed");
  set.add("max-open-instances", max_open_instances, 1, 4096, "databases kept open for writing");
  set.add("max-idle-readers", max_idle_readers, 1, 4096, "database connections kept open for reading");
  set.add("max-instances", max_instances, 0, 1000000, "instances that may be made; 0: any number");
  set.add("max-webhooks", max_webhooks, 0, 1000000, "webhooks of an instance; 0: any number");
  set.add("max-host-webhooks", max_host_webhooks, 0, 1000000,
          "webhooks of all instances that lead to one host; 0: any number");
  set.add("lock-timeout-secs", lock_timeout_secs, 1, 30, "how long a commit waits for another program's write lock");
  set.add("max-wal-bytes", max_wal_bytes, std::int64_t{64} << 20, std::int64_t{1} << 40,
          "largest write-ahead log of an instance; it grows while somebody reads from an old snapshot");
  set.add("max-waiting-appends", max_waiting_appends, 2, 1000000,
          "appends that wait in a worker; half of it of one instance");
  set.add("max-waiting-bytes", max_waiting_bytes, std::int64_t{1} << 20, std::int64_t{16} << 30,
          "bytes of the appends that wait in a worker; half of it of one instance");
  set.add("max-generated", max_generated, 1000, 10'000'000, "operations that one request may generate");
  set.add("max-generated-bytes", max_generated_bytes, std::int64_t{1} << 20, std::int64_t{4} << 30,
          "bytes of the operations that one request may generate");
  set.add("snapshot-interval", snapshot_interval, 1, 1000000,
          "operations that a look at the past replays for a hundred entities, about");
}

}  // namespace choreo::fcgi
