// The settings of choreo-fcgi (docs/configuration.md).
#pragma once

#include <cstdint>
#include <string>

#include "access/options.h"
#include "base/limits.h"
#include "service/daemon.h"

namespace choreo::fcgi {

struct Options : service::CommonOptions {
  access::Options access;
  std::string fcgi_socket;               // bound here where no listening socket was inherited; "": <run-dir>/fcgi.sock
  std::int64_t listen_fd = -1;           // an inherited listening socket; -1: systemd's first one if there is one
  std::int64_t fcgi_threads = 40;        // each serves one request at a time; appends need none
  std::int64_t fcgi_waiting = 512;       // requests that wait for one of them
  std::int64_t fcgi_connections = 1024;  // of web servers
  std::int64_t answer_deadline_secs = 600;  // an answer's wait for its reader, in total
  std::int64_t max_body_bytes = kDefaultMaxBodyBytes;
  std::int64_t max_seed_bytes = std::int64_t{256} << 20;         // a JSON seed is held in memory; NDJSON is not
  std::int64_t max_open_instances = 64;                          // databases open for writing; 3 descriptors each
  std::int64_t max_idle_readers = 128;                           // connections kept for reading; 3 descriptors each
  std::int64_t max_instances = 10000;                            // 0: any number
  std::int64_t max_webhooks = 100;                               // of an instance; 0: any number
  std::int64_t max_host_webhooks = 1000;                         // to one host, of all instances; 0: any number
  std::int64_t lock_timeout_secs = 20;                           // a commit's wait for another program's write lock
  std::int64_t max_wal_bytes = kDefaultMaxWalBytes;              // of an instance whose log cannot start anew
  std::int64_t max_waiting_appends = kDefaultMaxWaitingAppends;  // of a worker; half of it of an instance
  std::int64_t max_waiting_bytes = kDefaultMaxWaitingBytes;
  std::int64_t max_generated = kDefaultMaxGenerated;  // operations that one request generates
  std::int64_t max_generated_bytes = kDefaultMaxGeneratedBytes;
  std::int64_t snapshot_interval = kDefaultSnapshotInterval;

  void declare(options::OptionSet& set);
};

}  // namespace choreo::fcgi
