// choreoctl nginx NAME: the nginx site for a name on the internet.
//
// The package's shell script makes it (packaging/choreo-nginx): whoever runs nginx can read it, and what it writes
// comes from a template beside it. This program becomes the script, which checks the name and says what is left to do.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include "ctl/command.h"

namespace choreo::ctl {
namespace {

constexpr const char* kScript = "/usr/lib/choreo/choreo-nginx";

Result<int> run_nginx(Context&, const Arguments& arguments) {
  std::string name = arguments.positional.at(0);
  std::string force = "--force";
  std::string script = kScript;
  std::vector<char*> command{script.data()};
  if (arguments.has("force")) command.push_back(force.data());
  command.push_back(name.data());
  command.push_back(nullptr);
  std::fflush(stdout);
  ::execv(kScript, command.data());
  return make_error(
      ErrorKind::unavailable, "no_script",
      std::string(kScript) + ": " + std::generic_category().message(errno) +
          "; it comes with the Debian package (scripts/package); without it, scripts/nginx-site prints a site");
}

const Register nginx(
    {"nginx",
     "NAME",
     "Makes the nginx site for a name on the internet",
     "Writes /etc/nginx/sites-available/choreo-NAME (HTTP/2, ready for certbot), enables it, and says the "
     "two commands that are left. nginx is not reloaded. Takes root.",
     {{"force", "", "replace the site file that is there"}},
     1,
     1,
     &run_nginx});

}  // namespace
}  // namespace choreo::ctl
