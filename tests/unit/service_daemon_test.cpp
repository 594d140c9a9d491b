// The daemon skeleton in processes of its own: exit statuses, sentences, signals, systemd's messages.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>

#include "service/daemon.h"
#include "support/temporary_directory.h"

using namespace choreo;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

constexpr int kPatienceMs = 10000;

using Body = std::function<Status(service::Context&)>;

// A child process that is a daemon with this body; what it writes is read from its standard output and error.
class Child {
 public:
  Child(std::vector<std::string> arguments, const Body& body) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    // What the test program has buffered would be written by the child as well.
    std::cout.flush();
    std::fflush(nullptr);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      const int status = run(std::move(arguments), body);
      std::fflush(stdout);
      ::_exit(status);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  ~Child() {
    if (pid_ > 0) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    ::close(output_);
  }

  void signal(int number) const { REQUIRE(::kill(pid_, number) == 0); }

  // Reads until the text has come; false if the child ended or patience did first.
  bool says(const std::string& text) {
    while (said_.find(text) == std::string::npos)
      if (!read_more()) return false;
    return true;
  }

  // The exit status, or 1000 + the signal that ended it.
  int wait() {
    while (read_more()) continue;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  const std::string& said() const { return said_; }

 private:
  static int run(std::vector<std::string> arguments, const Body& body) {
    const test::TemporaryDirectory directory;
    if (std::find(arguments.begin(), arguments.end(), "--run-dir") == arguments.end()) {
      arguments.emplace_back("--run-dir");
      arguments.push_back(directory.path() + "/run");
    }
    arguments.insert(arguments.begin(), "choreo-test");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    service::CommonOptions options;
    return service::run_daemon({"choreo-test", "a test"}, static_cast<int>(argv.size()), argv.data(), options, body);
  }

  bool read_more() {
    pollfd item{output_, POLLIN, 0};
    char buffer[4096];
    if (::poll(&item, 1, kPatienceMs) <= 0) return false;
    const ssize_t got = ::read(output_, buffer, sizeof buffer);
    if (got <= 0) return false;
    said_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::string said_;
};

Status serve(service::Context& context) {
  context.ready();
  context.wait_for_stop();
  context.stopping();
  return {};
}

// The datagram socket that systemd would give a process.
class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const std::string path = directory_.path() + "/notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::close(fd_);
  }
  std::string next() {
    pollfd item{fd_, POLLIN, 0};
    char buffer[256];
    if (::poll(&item, 1, kPatienceMs) <= 0) return "";
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : "";
  }

 private:
  test::TemporaryDirectory directory_;
  int fd_;
};

}  // namespace

TEST_CASE("A daemon is stopped cleanly by SIGTERM and by SIGINT") {
  for (const int number : {SIGTERM, SIGINT}) {
    Child child({}, serve);
    REQUIRE(child.says("\"msg\":\"ready\""));
    child.signal(number);
    CHECK(child.wait() == 0);
    CHECK_THAT(child.said(), Contains("\"msg\":\"stopping\""));
  }
}

TEST_CASE("Further stop signals during the drain change nothing") {
  Child child({}, [](service::Context& context) -> Status {
    context.ready();
    context.wait_for_stop();
    // The drain lasts until SIGUSR1, which the test sends once it is waited for.
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    service::log_info("waiting");
    int number = 0;
    sigwait(&wanted, &number);
    return context.stop_requested() ? Status() : Status(make_error(ErrorKind::internal, "lost", "the stop was lost"));
  });
  REQUIRE(child.says("\"ready\""));
  child.signal(SIGTERM);
  REQUIRE(child.says("waiting"));
  child.signal(SIGTERM);
  child.signal(SIGINT);
  child.signal(SIGTERM);
  child.signal(SIGUSR1);
  CHECK(child.wait() == 0);
}

TEST_CASE("A process can stop itself") {
  Child child({}, [](service::Context& context) -> Status {
    if (context.stop_requested()) return make_error(ErrorKind::internal, "x", "a stop before it was asked for");
    context.request_stop();
    context.wait_for_stop();
    return context.stop_requested() ? Status() : Status(make_error(ErrorKind::internal, "x", "no stop"));
  });
  CHECK(child.wait() == 0);
}

TEST_CASE("A write to a closed pipe does not end the process") {
  Child child({}, [](service::Context&) -> Status {
    int ends[2];
    if (::pipe(ends) != 0) return make_error(ErrorKind::internal, "pipe", "no pipe");
    ::close(ends[0]);
    return ::write(ends[1], "x", 1) < 0 ? Status() : Status(make_error(ErrorKind::internal, "x", "written"));
  });
  CHECK(child.wait() == 0);
}

TEST_CASE("Bad settings end the process with status 2 and one sentence") {
  Child child({"--log-level", "loud"}, serve);
  CHECK(child.wait() == 2);
  CHECK_THAT(child.said(), Equals("choreo-test: --log-level: the value 'loud' is not allowed; allowed: debug, info, "
                                  "warning, error\n"));
}

TEST_CASE("A run directory whose sockets would not fit an address is refused") {
  const test::TemporaryDirectory directory;
  std::string fits = directory.path() + "/";
  fits.resize(service::kMaxRunDirBytes, 'r');
  Child good({"--run-dir", fits}, [](service::Context&) { return Status(); });
  CHECK(good.wait() == 0);
  Child bad({"--run-dir", fits + "r"}, serve);
  CHECK(bad.wait() == 2);
  CHECK_THAT(bad.said(), Contains("a path of at most 90 bytes"));
  Child empty({"--dir="}, serve);
  CHECK(empty.wait() == 2);
}

TEST_CASE("A run directory that cannot be one is named") {
  Child child({"--run-dir", "/dev/null"}, serve);
  CHECK(child.wait() == 1);
  CHECK_THAT(child.said(), Equals("choreo-test: CHOREO_RUN_DIR: '/dev/null': Not a directory; it must be a directory "
                                  "that the user of the processes may write to\n"));
}

TEST_CASE("What no new start mends ends the process with status 2") {
  Child child({}, [](service::Context&) -> Status { return invalid("bad_keys", "these are no keys"); });
  CHECK(child.wait() == 2);
  CHECK_THAT(child.said(), Equals("choreo-test: these are no keys\n"));
}

TEST_CASE("An error at start is a sentence, one after ready() a log line") {
  const Body fail = [](service::Context&) -> Status {
    return make_error(ErrorKind::unavailable, "port", "the port is taken");
  };
  Child early({}, fail);
  CHECK(early.wait() == 1);
  CHECK_THAT(early.said(), Equals("choreo-test: the port is taken\n"));
  Child late({}, [&](service::Context& context) {
    context.ready();
    return fail(context);
  });
  CHECK(late.wait() == 1);
  CHECK_THAT(late.said(), Contains(R"("msg":"failed","code":"port","error":"the port is taken"})"));
}

TEST_CASE("An exception that escapes is a sentence, not a crash") {
  Child child({}, [](service::Context&) -> Status { throw std::runtime_error("surprise"); });
  CHECK(child.wait() == 1);
  CHECK_THAT(child.said(), Contains("surprise"));
}

TEST_CASE("Help and version go to standard output and end well") {
  Child help({"--help"}, serve);
  CHECK(help.wait() == 0);
  CHECK_THAT(help.said(), Contains("--run-dir") && Contains("CHOREO_RUN_DIR"));
  Child version({"--version"}, serve);
  CHECK(version.wait() == 0);
  CHECK_THAT(version.said(), Equals("choreo-test " CHOREO_VERSION "\n"));
}

TEST_CASE("A check of the settings starts nothing") {
  Child right({"--check"}, serve);
  CHECK(right.wait() == 0);
  CHECK(right.said().empty());
  Child wrong({"--check", "--log-level", "loud"}, serve);
  CHECK(wrong.wait() == 2);
  CHECK_THAT(wrong.said(), Contains("'loud'"));
}

TEST_CASE("The level decides what is written") {
  const Body speak = [](service::Context&) {
    service::log_debug("one");
    service::log_info("two");
    service::log_warning("three");
    service::log_error("four");
    return Status();
  };
  Child all({"--log-level", "debug"}, speak);
  CHECK(all.wait() == 0);
  CHECK_THAT(all.said(), Contains("one") && Contains("two") && Contains("three") && Contains("four"));
  Child some({"--log-level", "warning"}, speak);
  CHECK(some.wait() == 0);
  CHECK_THAT(some.said(), !Contains("one") && !Contains("two") && Contains("three") && Contains("four"));
}

TEST_CASE("systemd is told of readiness, life and stop") {
  NotifySocket systemd;
  ::setenv("WATCHDOG_USEC", "1000000", 1);
  Child child({}, [](service::Context& context) -> Status {
    if (context.keep_alive_interval_ms() != 500) return make_error(ErrorKind::internal, "x", "wrong interval");
    context.ready();
    context.keep_alive({});
    context.wait_for_stop();
    context.stopping();
    return {};
  });
  CHECK(systemd.next() == "READY=1");
  CHECK(systemd.next() == "WATCHDOG=1");
  child.signal(SIGTERM);
  CHECK(systemd.next() == "STOPPING=1");
  CHECK(child.wait() == 0);
}

TEST_CASE("Without systemd the other processes are told") {
  Child child({}, [](service::Context& context) -> Status {
    const bool usual = context.keep_alive_interval_ms() == service::kStatusIntervalMs;
    return usual ? Status() : Status(make_error(ErrorKind::internal, "x", "interval"));
  });
  CHECK(child.wait() == 0);
}
