#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "streamer/listen_address.h"
#include "streamer_client.h"
#include "support/temporary_directory.h"

using namespace choreo;
using namespace choreo::streamer;

TEST_CASE("listening addresses") {
  CHECK(parse_listen_address("unix:/run/x.sock")->unix_path == "/run/x.sock");
  CHECK(parse_listen_address("127.0.0.1:0")->port == 0);
  CHECK(parse_listen_address("[::1]:8431")->host == "::1");
  CHECK(parse_listen_address("localhost:65535")->port == 65535);
  for (const char* text :
       {"", "unix:", "8431", ":8431", "host:", "host:x", "host:65536", "host:-1", "host:1 ", "[]:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen_address(text).ok());
  }
  CHECK_FALSE(parse_listen_address("unix:/" + std::string(120, 'x')).ok());
}

TEST_CASE("a socket left behind is replaced, one in use is not") {
  const test::TemporaryDirectory directory;
  const ListenAddress address{directory.path() + "/s.sock", "", 0};
  const auto first = listen_on(address);
  REQUIRE(first.ok());
  const auto second = listen_on(address);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find(address.unix_path) != std::string::npos);
  ::close(*first);
  const auto third = listen_on(address);
  REQUIRE(third.ok());
  const test::StreamClient client = test::StreamClient::connect_unix(address.unix_path);
  struct stat info = {};
  REQUIRE(::stat(address.unix_path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0660);
  ::close(*third);
}

TEST_CASE("the port that the kernel chose is told") {
  const ListenAddress address{"", "127.0.0.1", 0};
  const auto fd = listen_on(address);
  REQUIRE(fd.ok());
  const std::string text = describe_listener(*fd, address);
  CHECK(text.starts_with("127.0.0.1:"));
  CHECK(parse_listen_address(text)->port > 0);
  const auto taken = listen_on(*parse_listen_address(text));
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().message.find(text) != std::string::npos);
  ::close(*fd);
}
