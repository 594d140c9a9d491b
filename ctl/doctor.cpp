// choreoctl doctor: finds the usual mistakes, and says the mend of each.
#include "ctl/doctor.h"

#include <algorithm>
#include <cctype>

#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "json/string.h"

namespace choreo::ctl {

const std::vector<Mistake>& known_mistakes() {
  static const std::vector<Mistake> all = {
      {"data_dir", "the data directory is not there, or this user may not use it"},
      {"disk_full", "little room is left where the data is"},
      {"network_disk", "the data is on a file system of another machine, where SQLite's locks do not hold"},
      {"wrong_owner", "files of the data belong to somebody else than the directory: a -wal that root made"},
      {"readable_by_others", "others may read secrets: keys, control.db, a settings file with a token"},
      {"damaged_file", "an instance's file, or control.db, is empty, no database, or of a newer version"},
      {"journal_mode", "another program took an instance out of WAL mode"},
      {"orphaned_log", "a write-ahead log without its database"},
      {"large_log", "a write-ahead log that does not shrink, because somebody reads an old snapshot"},
      {"unfinished_work", "what an interrupted backup or restore left behind"},
      {"clock", "the data was written in the future of this machine's clock"},
      {"socket_missing", "a socket between the processes is not there"},
      {"stale_socket", "a socket that nobody listens on"},
      {"process_missing", "a process does not run"},
      {"process_hangs", "a process has no heartbeat"},
      {"versions_differ", "processes of different versions run together"},
      {"few_files", "a process may open few files"},
      {"bad_setting", "a program would not start with these settings"},
      {"site_not_enabled", "nginx has the site, but it is not enabled"},
      {"certificate", "a site's certificate has expired, will soon, or cannot be read"},
      {"no_backup", "the last backup is more than two days old, or there is none"},
      {"no_answer", "nobody answers at the url, or something else than Choreo"},
      {"unhealthy", "the server says that it cannot do its work"},
      {"damaged_instance", "the server cannot read an instance"},
      {"stream_held_back", "a stream's first bytes do not arrive: a proxy buffers them"},
      {"webhook_disabled", "a webhook was disabled, or fails and will be"},
      {"webhook_dead", "deliveries were given up"},
  };
  return all;
}

std::string shell_word(const std::string& path) {
  const bool plain = !path.empty() && std::all_of(path.begin(), path.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_' || c == '@';
  });
  if (plain) return path;
  std::string word = "'";
  for (const char c : path) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::vector<std::string> commands_in(std::string_view text) {
  std::vector<std::string> commands;
  while (true) {
    const std::size_t begin = text.find('`');
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
    if (end == std::string_view::npos) return commands;
    commands.emplace_back(text.substr(begin + 1, end - begin - 1));
    text.remove_prefix(end + 1);
  }
}

namespace {

constexpr std::int64_t kMiB = 1 << 20;

constexpr const char* kDetails =
    "Looks at the data directory, the processes and the site of this machine, and at the server at the url; changes\n"
    "nothing. Commands stand in backquotes; --json lists them, too. Run it as root or as the data's owner, or it may "
    "not see all. Status 4 if something was found; --list\n"
    "shows what is looked for.";

std::string texts(const std::vector<std::string>& all) {
  std::string list;
  for (const std::string& each : all) list += (list.empty() ? "" : ",") + json::quote(each);
  return "[" + list + "]";
}

void say(const Context& context, const std::vector<Finding>& findings) {
  std::string list;
  for (const Finding& each : findings) {
    if (context.json()) {
      list += (list.empty() ? "" : ",") + ("{\"code\":" + json::quote(each.code)) +
              ",\"what\":" + json::quote(each.what) + ",\"mend\":" + json::quote(each.mend) +
              ",\"commands\":" + texts(commands_in(each.mend)) + "}";
    } else {
      print_line(each.code + ": " + each.what);
      print_line("  " + each.mend);
    }
  }
  if (context.json())
    print_line("{\"ok\":" + std::string(findings.empty() ? "true" : "false") + ",\"findings\":[" + list + "]}");
  else
    print_line(findings.empty()
                   ? "Nothing is wrong among " + std::to_string(known_mistakes().size()) + " usual mistakes."
                   : std::to_string(findings.size()) + " found.");
}

Result<int> run_doctor(Context& context, const Arguments& arguments) {
  if (arguments.has("list") && context.json()) {
    std::string list;
    for (const Mistake& each : known_mistakes())
      list.append(list.empty() ? "" : ",")
          .append("{\"code\":" + json::quote(each.code) + ",\"what\":" + json::quote(each.what) + "}");
    return print_line("{\"mistakes\":[" + list + "]}"), kDone;
  }
  if (arguments.has("list")) {
    std::vector<std::vector<std::string>> rows;
    for (const Mistake& each : known_mistakes()) rows.push_back({std::string(each.code), std::string(each.what)});
    print_table(rows);
    return kDone;
  }
  Checkup checkup{context, arguments.value_or("root", "")};
  CHOREO_ASSIGN(const std::int64_t free_mb, arguments.number("min-free-mb", 512, 0, INT32_MAX));
  CHOREO_ASSIGN(const std::int64_t wal_mb, arguments.number("max-wal-mb", 256, 0, INT32_MAX));
  CHOREO_ASSIGN(checkup.min_files, arguments.number("min-files", 4096, 0, INT32_MAX));
  checkup.min_free_bytes = free_mb * kMiB;
  checkup.max_wal_bytes = wal_mb * kMiB;
  const bool all = !arguments.has("remote");
  if (all) {
    check_data(checkup);
    check_run(checkup);
    check_site(checkup);
  }
  check_server(checkup);
  say(context, checkup.findings);
  return checkup.findings.empty() ? kDone : kFound;
}

const Register doctor({"doctor",
                       "",
                       "Finds the usual mistakes, and says the mend of each",
                       kDetails,
                       {{"list", "", "only show what is looked for"},
                        {"remote", "", "only look at the server at the url: this is another machine"},
                        {"min-free-mb", "N", "room that should be left for the data, MiB (512)"},
                        {"max-wal-mb", "N", "what a write-ahead log may have, MiB (256)"},
                        {"min-files", "N", "how many files a process should be allowed to open (4096)"},
                        {"root", "DIR", "look at /etc and /var below DIR, e.g. of an image"}},
                       0,
                       0,
                       &run_doctor});

}  // namespace
}  // namespace choreo::ctl
