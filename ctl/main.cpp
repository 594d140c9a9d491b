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
#include "ctl/shown.h"
#include "json/string.h"

using namespace choreo;

namespace {

int report(const Error& error, bool as_json) {
  static_cast<void>(std::fflush(stdout));
  const std::string text =
      as_json ? "{\"error\":" + json::quote(error.message) + ",\"code\":" + json::quote(error.code) + "}"
              : "choreoctl: " + error.message;
  static_cast<void>(std::fprintf(stderr, "%s\n", ctl::shown(text).c_str()));
  return ctl::exit_code_of(error);
}

Result<int> answer(const std::string& text) {
  ctl::print(text);
  CHOREO_TRY(ctl::flush_output());
  return ctl::kDone;
}

Result<int> run_command(const ctl::Invocation& invocation) {
  CHOREO_ASSIGN(ctl::Settings settings, ctl::Settings::read(invocation.settings));
  ctl::Context context(std::move(settings), invocation.json);
  CHOREO_ASSIGN(const int code, invocation.command->run(context, invocation.arguments));
  CHOREO_TRY(ctl::flush_output());
  return code;
}

Result<int> run(const std::vector<std::string>& words) {
  CHOREO_ASSIGN(const ctl::Invocation invocation, ctl::parse_command_line(words));
  if (invocation.version) return answer("choreoctl " CHOREO_VERSION "\n");
  if (invocation.command != nullptr)
    return invocation.help ? answer(ctl::command_help(*invocation.command)) : run_command(invocation);
  const std::string help = invocation.group.empty() ? ctl::general_help() : ctl::group_help(invocation.group);
  if (invocation.help) return answer(help);
  static_cast<void>(std::fputs(help.c_str(), stderr));
  return ctl::bad_usage("a command is missing");
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
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    hide_token(argc, argv);
    const Result<int> code = run(words);
    if (code.ok()) return *code;
    return report(code.error(), std::count(words.begin(), words.end(), "--json") > 0);
  } catch (const std::exception& error) {
    static_cast<void>(
        std::fprintf(stderr, "choreoctl: stopped by an exception: %s\n", ctl::shown(error.what()).c_str()));
    return ctl::kFailed;
  }
}
