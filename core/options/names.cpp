#include "options/names.h"

#include <algorithm>
#include <array>

namespace choreo::options {
namespace {

constexpr std::array kSettings = {
    Setting{"CHOREO_AUTH", "none", "none, token", "", "fcgi, streamer"},
    Setting{"CHOREO_CONFIG", "/etc/choreo/choreo.conf", "a file that can be read", "", "all"},
    Setting{"CHOREO_DIR", "./instances", "a path", "", "all"},
    Setting{"CHOREO_KEYS_DIR", "/etc/choreo/keys", "a path", "", "fcgi, streamer, choreoctl"},
    Setting{"CHOREO_LOG_LEVEL", "info", "debug, info, warning, error", "", "all"},
    Setting{"CHOREO_RUN_DIR", "./run", "a path of at most 90 bytes", "", "all"},

    Setting{"CHOREO_CLIENT_REQUESTS", "0", "0..1000000", "a second", "scripts, choreoctl"},
    Setting{"CHOREO_CLIENT_STREAMS", "0", "0..60000", "", "scripts, choreoctl"},
    Setting{"CHOREO_NGINX_WORKERS", "2", "1..64", "", "scripts"},
    Setting{"CHOREO_PORT", "8420", "1..65535", "", "scripts"},
    Setting{"CHOREO_TOKEN_REQUESTS", "0", "0..1000000", "a second", "scripts, choreoctl"},
    Setting{"CHOREO_TRUSTED_PROXIES", "", "addresses and networks such as 10.1.0.0/16 or fd00::/8, separated by commas",
            "", "scripts, choreoctl"},

    Setting{"CHOREO_TOKEN", "", "an access token", "", "choreoctl"},
    Setting{"CHOREO_URL", "http://127.0.0.1:<port>", "an address that begins with http:// or https://", "",
            "choreoctl"},

    Setting{"CHOREO_ANSWER_DEADLINE_SECS", "600", "1..86400", "s", "fcgi"},
    Setting{"CHOREO_FCGI_CONNECTIONS", "1024", "16..65536", "", "fcgi"},
    Setting{"CHOREO_FCGI_PROCESSES", "1", "1..64", "", "scripts, systemd"},
    Setting{"CHOREO_FCGI_SOCKET", "<run-dir>/fcgi.sock", "a path of at most 107 bytes", "", "fcgi"},
    Setting{"CHOREO_FCGI_THREADS", "40", "1..1000", "", "fcgi"},
    Setting{"CHOREO_FCGI_WAITING", "512", "1..100000", "", "fcgi"},
    Setting{"CHOREO_LISTEN_FD", "-1", "-1..65535", "", "fcgi"},
    Setting{"CHOREO_LOCK_TIMEOUT_SECS", "20", "1..30", "s", "fcgi"},
    Setting{"CHOREO_MAX_BODY_BYTES", "16777216", "1024..1073741824", "bytes", "fcgi, scripts, choreoctl"},
    Setting{"CHOREO_MAX_HOST_WEBHOOKS", "1000", "0..1000000", "", "fcgi"},
    Setting{"CHOREO_MAX_IDLE_READERS", "128", "1..4096", "", "fcgi"},
    Setting{"CHOREO_MAX_INSTANCES", "10000", "0..1000000", "", "fcgi"},
    Setting{"CHOREO_MAX_OPEN_INSTANCES", "64", "1..4096", "", "fcgi"},
    Setting{"CHOREO_MAX_SEED_BYTES", "268435456", "1024..4294967296", "bytes", "fcgi"},
    Setting{"CHOREO_MAX_GENERATED", "250000", "1000..10000000", "operations", "fcgi"},
    Setting{"CHOREO_MAX_GENERATED_BYTES", "134217728", "1048576..4294967296", "bytes", "fcgi"},
    Setting{"CHOREO_MAX_WAITING_APPENDS", "20000", "2..1000000", "appends", "fcgi"},
    Setting{"CHOREO_MAX_WAITING_BYTES", "268435456", "1048576..17179869184", "bytes", "fcgi"},
    Setting{"CHOREO_MAX_WAL_BYTES", "17179869184", "67108864..1099511627776", "bytes", "fcgi"},
    Setting{"CHOREO_MAX_WEBHOOKS", "100", "0..1000000", "", "fcgi"},
    Setting{"CHOREO_SNAPSHOT_INTERVAL", "1000", "1..1000000", "operations", "fcgi"},

    Setting{"CHOREO_STREAMER_LISTEN", "unix:<run-dir>/streamer.sock", "unix:PATH of at most 107 bytes, or HOST:PORT",
            "", "streamer"},
    Setting{"CHOREO_STREAMER_THREADS", "0", "0..256", "", "streamer"},
    Setting{"CHOREO_STREAM_HEARTBEAT_SECS", "15", "1..300", "s", "streamer"},
    Setting{"CHOREO_STREAM_MAX", "20000", "1..1000000", "", "streamer"},
    Setting{"CHOREO_STREAM_RETRY_MS", "3000", "100..600000", "ms", "streamer"},
    Setting{"CHOREO_STREAM_WRITE_DEADLINE_SECS", "60", "1..3600", "s", "streamer"},

    Setting{"CHOREO_WEBHOOK_ALLOW", "",
            "networks such as 10.1.0.0/16 or fd00::/8, loopback or all, separated by commas", "", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_CA_FILE", "", "a PEM file of certificates that can be read", "", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_DISABLE_SECS", "432000", "1..31536000", "s", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_HISTORY", "1000", "10..100000", "", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_HISTORY_DAYS", "30", "1..3650", "days", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_MAX_CONNECTIONS", "256", "1..1024", "", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_MAX_IN_FLIGHT", "4", "1..64", "", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_PROBE_SECS", "300", "1..86400", "s", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_RETRY_SECS", "1,5,30,300,1800,7200,18000,36000,50400,72000,86400",
            "1 to 64 delays in seconds, 0.01 to 604800 each, separated by commas", "s", "dispatcher"},
    Setting{"CHOREO_WEBHOOK_TIMEOUT_SECS", "10", "1..300", "s", "dispatcher"},
};

}  // namespace

std::span<const Setting> documented_settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return s.name == name; });
  return found == kSettings.end() ? nullptr : &*found;
}

}  // namespace choreo::options
