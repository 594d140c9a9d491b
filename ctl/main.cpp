// choreoctl: everything an operator does with a Choreo server and its data, at a shell.
//
// In: the command line, settings, standard input. Out: standard output (answers), standard error (errors, progress).
// Strategy: each command registers itself (command.h); main finds it, reads the settings, runs it, and turns its error
// into one sentence and an exit status (exit_codes.h).
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/command_line.h"
#include "ctl/exit_codes.h"
#include "json/string.h"

using namespace choreo;

namespace {

int report(const Error& error, bool as_json) {
  static_cast<void>(std::fflush(stdout));
  const std::string text =
      as_json ? "{\"error\":" + json::quote(error.message) + ",\"code\":" + json::quote(error.code) + "}"
              : "choreoctl: " + error.message;
  static_cast<void>(std::fprintf(stderr, "%s\n", text.c_str()));
  return ctl::exit_code_of(error);
}

int answer(const std::string& text) {
  ctl::print(text);
  const Status written = ctl::flush_output();
  return written.ok() ? ctl::kDone : report(written.error(), false);
}

Result<int> run(const ctl::Invocation& invocation) {
  CHOREO_ASSIGN(ctl::Settings settings, ctl::Settings::read(invocation.settings));
  ctl::Context context(std::move(settings), invocation.json);
  CHOREO_ASSIGN(const int code, invocation.command->run(context, invocation.arguments));
  CHOREO_TRY(ctl::flush_output());
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

// Others see a command line; of a token they should see as little as can be.
void hide_token(int argc, char** argv) {
  constexpr std::string_view kOption = "--token";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    char* value = nullptr;
    if (word == kOption && i + 1 < argc) value = argv[++i];
    if (word.starts_with("--token=")) value = argv[i] + kOption.size() + 1;
    if (value != nullptr) std::fill_n(value, std::strlen(value), '*');
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  hide_token(argc, argv);
  const bool json = std::count(words.begin(), words.end(), "--json") > 0;  // also of what cannot be parsed
  const Result<ctl::Invocation> invocation = ctl::parse_command_line(words);
  if (!invocation.ok()) return report(invocation.error(), json);
  if (invocation->version) return answer("choreoctl " CHOREO_VERSION "\n");
  if (invocation->command != nullptr && invocation->help) return answer(ctl::command_help(*invocation->command));
  if (!invocation->group.empty() && invocation->command == nullptr) {
    if (invocation->help) return answer(ctl::group_help(invocation->group));
    return report(ctl::bad_usage("a command is missing\n" + ctl::group_help(invocation->group)), json);
  }
  if (invocation->help) return answer(ctl::general_help());
  if (invocation->command == nullptr)
    return report(ctl::bad_usage("a command is missing\n" + ctl::general_help()), json);
  return run_guarded(*invocation);
}
