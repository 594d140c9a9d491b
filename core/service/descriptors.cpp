#include "service/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace choreo::service {
namespace {

std::int64_t descriptor_limit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<std::int64_t>(std::min<rlim_t>(limit.rlim_cur, 1u << 30));
}

std::size_t at_most(std::size_t wanted, std::int64_t possible) {
  return std::max<std::size_t>(1, std::min(wanted, static_cast<std::size_t>(possible)));
}

}  // namespace

std::int64_t raise_descriptor_limit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  return descriptor_limit();
}

std::size_t databases_within(std::int64_t share, std::size_t wanted) {
  return at_most(wanted, descriptor_limit() / share / kDatabaseDescriptors);
}

std::size_t connections_within(std::int64_t share, std::size_t wanted) {
  return at_most(wanted, descriptor_limit() / share);
}

}  // namespace choreo::service
