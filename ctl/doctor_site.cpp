// The site around the processes: settings, keys, nginx, certificates, backups.
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "base/clock.h"
#include "ctl/backup_set.h"
#include "ctl/doctor.h"
#include "ctl/exit_codes.h"
#include "ctl/files.h"
#include "ctl/program.h"
#include "options/file.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr int kSoonDays = 14;
constexpr std::int64_t kBackupAgeMs = 2 * 86'400'000LL;
constexpr std::int64_t kUnfinishedAgeMs = 86'400'000LL;  // a younger one may be in the making

void check_private(Checkup& checkup, const std::string& path, const std::string& what) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && (info.st_mode & 0007) != 0)
    checkup.found("readable_by_others", path + " holds " + what + ", and everyone may use it",
                  "`chmod o= " + shell_word(path) + "`");
}

void check_secrets(Checkup& checkup) {
  const std::string& config = checkup.context.settings().config;
  const auto lines = options::read_file(config);
  if (lines.ok())
    for (const options::FileLine& line : *lines)
      if (line.name == "CHOREO_TOKEN") check_private(checkup, config, "a token");
  const std::string& keys = checkup.context.settings().keys_dir;
  const auto files = files_below(keys);
  if (!files.ok()) return;
  for (const std::string& file : *files)
    if (!file.ends_with(".pub") && file.find("public") == std::string::npos)
      check_private(checkup, fs::path(keys) / file, "a key");
}

// What the program prints when it is asked to check its settings; "" if it is content.
std::string complaint_of(const std::string& program, const std::string& config) {
  std::map<std::string, std::string> environment = options::environment();
  // The site's programs have not what this shell has.
  std::erase_if(environment, [](const auto& variable) { return variable.first.starts_with("CHOREO_"); });
  const Result<Ended> ended = run_program({program, "--check", "--config", config}, environment, true);
  if (!ended.ok() || ended->status != kBadUsage) return "";
  return ended->text.substr(0, ended->text.find('\n'));
}

void check_settings(Checkup& checkup) {
  std::error_code error;
  const std::string& config = checkup.context.settings().config;
  if (!fs::exists(config, error)) return;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::set<std::string> complaints;
  for (const char* name : {"choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"})
    for (const fs::path& directory : {beside, fs::path("/usr/lib/choreo")})
      if (access((directory / name).c_str(), X_OK) == 0) {
        const std::string complaint = complaint_of((directory / name).string(), config);
        if (complaints.insert(complaint).second && !complaint.empty())
          checkup.found("bad_setting", complaint, "Correct " + config + ", then: `systemctl restart choreo.target`");
        break;
      }
}

// "" where it is good for long enough, else what is wrong.
std::string certificate_trouble(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "re"), [](std::FILE* f) { return f == nullptr ? 0 : std::fclose(f); });
  if (!file) return "cannot be read";
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr),
                                                                X509_free);
  if (!certificate) return "is no certificate";
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> now(
      ASN1_TIME_set(nullptr, static_cast<time_t>(system_clock().wall_ms() / 1000)), ASN1_TIME_free);
  int days = 0;
  int seconds = 0;
  if (!now || ASN1_TIME_diff(&days, &seconds, now.get(), X509_get0_notAfter(certificate.get())) != 1)
    return "has no end that can be read";
  if (days < 0 || seconds < 0) return "expired " + std::to_string(-days) + " days ago";
  return days < kSoonDays ? "expires in " + std::to_string(days) + " days" : "";
}

void check_certificates(Checkup& checkup, const std::string& site) {
  std::ifstream in(site);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name, path;
    if (!(words >> name >> path) || name != "ssl_certificate") continue;
    if (path.ends_with(';')) path.pop_back();
    const std::string trouble = certificate_trouble(checkup.root + path);
    if (!trouble.empty())
      checkup.found(
          "certificate", std::string(path).append(" (in ").append(site).append(") ").append(trouble),
          "`certbot renew`, then `systemctl reload nginx`; `systemctl list-timers certbot.timer` should show the next "
          "run.");
  }
}

void check_nginx(Checkup& checkup) {
  const std::string available = checkup.root + "/etc/nginx/sites-available";
  const std::string enabled = checkup.root + "/etc/nginx/sites-enabled";
  std::error_code error;
  std::string site;  // one that is there
  bool any_enabled = false;
  for (const auto& entry : fs::directory_iterator(available, error))
    if (entry.path().filename().string().starts_with("choreo")) site = entry.path().string();
  for (const auto& entry : fs::directory_iterator(enabled, error)) {
    if (!entry.path().filename().string().starts_with("choreo")) continue;
    any_enabled = any_enabled || fs::exists(entry.path(), error);
    check_certificates(checkup, entry.path().string());
  }
  if (!site.empty() && !any_enabled)
    checkup.found(
        "site_not_enabled", site + " is a site, and " + enabled + " has none of Choreo's",
        "`ln -s " + shell_word(site) + " " + shell_word(enabled + "/") + " && nginx -t && systemctl reload nginx`");
}

// Only where the package is installed: a checkout has no timer.
void check_backups(Checkup& checkup) {
  std::error_code error;
  if (!fs::exists(checkup.root + "/usr/lib/systemd/system/choreo-backup.timer", error)) return;
  const std::string place = checkup.root + "/var/backups/choreo";
  for (const auto& entry : fs::directory_iterator(place, error)) {
    struct stat begun {};
    const bool unfinished = entry.path().string().ends_with(kUnfinished);
    if (unfinished && stat(entry.path().c_str(), &begun) == 0 &&
        system_clock().wall_ms() - begun.st_mtim.tv_sec * 1000 > kUnfinishedAgeMs)
      checkup.found("unfinished_work", entry.path().string() + " was left by a backup that was interrupted",
                    "`rm -r " + shell_word(entry.path().string()) + "`");
  }
  const auto found = backups_in(place);
  const std::string mend = "`choreoctl backup " + shell_word(place) +
                           "` makes one now, `systemctl enable --now choreo-backup.timer` one "
                           "every night.";
  if (!found.ok() || found->empty()) return checkup.found("no_backup", place + " has no backup", mend);
  struct stat info {};
  const bool old = stat((found->back() + "/" + kSums).c_str(), &info) == 0 &&
                   system_clock().wall_ms() - info.st_mtim.tv_sec * 1000 > kBackupAgeMs;
  if (old) checkup.found("no_backup", found->back() + " is the newest backup, and more than two days old", mend);
}

}  // namespace

void check_site(Checkup& checkup) {
  check_secrets(checkup);
  check_settings(checkup);
  check_nginx(checkup);
  check_backups(checkup);
}

}  // namespace choreo::ctl
