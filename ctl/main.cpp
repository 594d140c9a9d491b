// choreoctl: everything an operator does with a Choreo server and its data, at a shell.
//
// In: the command line, settings, standard input. Out: standard output (answers), standard error (errors, progress).
// Strategy: each command registers itself (command.h); main finds it, reads the settings, runs it, and turns its error
// into one sentence and an exit status (exit_codes.h).
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "ctl/command_line.h"
#include "ctl/exit_codes.h"
#include "json/string.h"

using namespace choreo;

namespace {

int report(const Error& error, bool as_json) {
  std::fflush(stdout);
  const std::string text =
      as_json ? "{\"error\":" + json::quote(error.message) + ",\"code\":" + json::quote(error.code) + "}"
              : "choreoctl: " + error.message;
  static_cast<void>(std::fprintf(stderr, "%s\n", text.c_str()));
  return ctl::exit_code_of(error);
}

int answer(const std::string& text) {
  ctl::print(text);
  return std::fflush(stdout) == 0 ? ctl::kDone : ctl::kFailed;
}

Result<int> run(const ctl::Invocation& invocation) {
  CHOREO_ASSIGN(ctl::Settings settings, ctl::Settings::read(invocation.settings));
  ctl::Context context(std::move(settings), invocation.json);
  CHOREO_ASSIGN(const int code, invocation.command->run(context, invocation.arguments));
  if (std::fflush(stdout) != 0)
    return make_error(ErrorKind::unavailable, "output", "the answer could not be written to standard output");
  return code;
}

int run_guarded(const ctl::Invocation& invocation) {
  try {
    const Result<int> code = run(invocation);
    return code.ok() ? *code : report(code.error(), invocation.json);
  } catch (const std::exception& error) {
    return report(make_error(ErrorKind::internal, "exception", std::string("stopped by an exception: ") + error.what()),
                  invocation.json);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Result<ctl::Invocation> invocation =
      ctl::parse_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  if (!invocation.ok()) return report(invocation.error(), false);
  if (invocation->version) return answer("choreoctl " CHOREO_VERSION "\n");
  if (invocation->command != nullptr && invocation->help) return answer(ctl::command_help(*invocation->command));
  if (!invocation->group.empty() && invocation->command == nullptr) {
    if (invocation->help) return answer(ctl::group_help(invocation->group));
    return report(ctl::bad_usage("a command is missing\n" + ctl::group_help(invocation->group)), false);
  }
  if (invocation->help) return answer(ctl::general_help());
  if (invocation->command == nullptr)
    return report(ctl::bad_usage("a command is missing\n" + ctl::general_help()), false);
  return run_guarded(*invocation);
}
