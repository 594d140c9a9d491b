// choreoctl manual: the page choreoctl(1), made of what the commands say of themselves, so that none is missing.
#include <algorithm>

#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/settings.h"

namespace choreo::ctl {
namespace {

// Text as roff has it: what would begin a request or an escape stands for itself.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

// Paragraphs: an empty line begins the next one.
std::string paragraphs(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    out += ".PP\n" + roff(text.substr(at, end - at)) + "\n";
    at = end + 2;
  }
  return out;
}

std::string section_of(const Command& command) {
  std::string out = ".SS " + roff(command.name + (command.arguments.empty() ? "" : " " + command.arguments)) + "\n" +
                    roff(command.summary) + ".\n" + paragraphs(command.details);
  for (const Option& option : command.options)
    out += ".TP\n.B " + roff("--" + option.name + (option.value.empty() ? "" : " " + option.value)) + "\n" +
           roff(option.help) + "\n";
  return out;
}

Result<int> run_manual(Context&, const Arguments&) {
  print(".TH CHOREOCTL 1 \"\" \"Choreo " CHOREO_VERSION
        "\" \"Choreo\"\n.SH NAME\nchoreoctl \\- looks after a Choreo server and its data\n"
        ".SH SYNOPSIS\n.B choreoctl\n[option...] command [argument...]\n.SH COMMANDS\n");
  for (const auto& [name, command] : commands()) print(section_of(command));
  print(".SH OPTIONS\nWith every command, before or after it:\n.PP\n.nf\n" + roff(settings_help()) +
        ".fi\n.SH EXIT STATUS\n"
        ".TP\n.B 0\ndone\n"
        ".TP\n.B 1\nrefused, or failed\n"
        ".TP\n.B 2\nwrong usage or setting; nothing was done\n"
        ".TP\n.B 3\nnobody answers at the url\n"
        ".TP\n.B 4\nverify or doctor found something wrong\n"
        ".SH FILES\n.TP\n.I /etc/choreo/choreo.conf\nsettings\n.TP\n.I /var/lib/choreo\nthe data\n"
        ".TP\n.I /usr/share/doc/choreo\nthe documentation: choreoctl.md, operate.md, configuration.md\n"
        ".SH SEE ALSO\n.BR choreo\\-fcgi (8),\n.BR choreo\\-broker (8),\n.BR choreo\\-streamer (8),\n"
        ".BR choreo\\-dispatcher (8)\n");
  return kDone;
}

const Register manual({"manual", "", "Prints the manual page choreoctl(1)", "", {}, 0, 0, &run_manual});

}  // namespace
}  // namespace choreo::ctl
