// The mistakes that `choreoctl doctor` looks for, in groups. Each group only looks: it changes nothing.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/context.h"

namespace choreo::ctl {

struct Mistake {
  std::string_view code;
  std::string_view what;  // what is looked for, in a line
};
// All of them; docs/operate.md has the same list, and a test for each makes it.
const std::vector<Mistake>& known_mistakes();

struct Finding {
  std::string code;  // of a known mistake
  std::string what;  // what was found, where
  std::string mend;  // what to do; commands stand in backquotes, BACKUP for the path of one
};

// A path as a shell takes it for one word.
std::string shell_word(const std::string& path);
// What stands in backquotes.
std::vector<std::string> commands_in(std::string_view text);

struct Checkup {
  Context& context;
  std::string root;  // before /etc and /var: "" but for an image or a test
  std::int64_t min_free_bytes = 0;
  std::int64_t max_wal_bytes = 0;
  std::int64_t min_files = 0;
  std::vector<Finding> findings = {};

  void found(std::string code, std::string what, std::string mend) {
    findings.push_back({std::move(code), std::move(what), std::move(mend)});
  }
};

void check_data(Checkup& checkup);    // the data directory and its files
void check_run(Checkup& checkup);     // sockets and processes of this machine
void check_site(Checkup& checkup);    // settings, keys, nginx, certificates, backups
void check_server(Checkup& checkup);  // what answers at the url

}  // namespace choreo::ctl
