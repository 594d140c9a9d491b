// What every command gets: the settings, the form of answers, and a client of the server.
// Thread-safety: none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ctl/http_client.h"
#include "ctl/settings.h"

namespace choreo::ctl {

class Context {
 public:
  Context(Settings settings, bool json) : settings_(std::move(settings)), json_(json) {}

  const Settings& settings() const { return settings_; }
  bool json() const { return json_; }
  // Made at the first use; it lives as long as the context.
  HttpClient& http();

 private:
  Settings settings_;
  bool json_;
  std::unique_ptr<HttpClient> http_;
};

// Writes to standard output; on a terminal as shown.h has it, elsewhere as it is. What cannot be written is remembered
// for flush_output(), which a command that prints much calls now and then.
void print(std::string_view text);
void print_line(std::string_view text);  // one line, whatever is in it
// Columns as wide as their widest cell; the first row is the heading. Cells are as shown.h has them, everywhere.
void print_table(std::vector<std::vector<std::string>> rows);
// Error unavailable/output: something could not be written, and why. Ends the program by SIGPIPE, as other programs
// end, where it writes to a pipe that nobody reads any more.
Status flush_output();
// Whether standard output is such a pipe; nothing needs to be written to know.
bool output_is_closed();
// The same as flush_output(), and ends the program if it is.
Status check_output();
// A note for people, in one line on standard error, as shown.h has it.
void note(std::string_view text);

}  // namespace choreo::ctl
