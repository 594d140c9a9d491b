// Which file systems doctor takes for another machine's.
#include <catch2/catch.hpp>

#include <linux/magic.h>

#include <vector>

#include "ctl/network_file_system.h"

using choreo::ctl::network_file_system;

TEST_CASE("file systems of other machines are known by the kernel's own numbers") {
  CHECK(network_file_system(NFS_SUPER_MAGIC) == "NFS");
  CHECK(network_file_system(SMB_SUPER_MAGIC) == "SMB");
  CHECK(network_file_system(CIFS_SUPER_MAGIC) == "CIFS");
  CHECK(network_file_system(SMB2_SUPER_MAGIC) == "SMB");
  CHECK(network_file_system(V9FS_MAGIC) == "9p");
  CHECK(network_file_system(FUSE_SUPER_MAGIC) == "FUSE");
  CHECK(network_file_system(CEPH_SUPER_MAGIC) == "Ceph");
  CHECK(network_file_system(AFS_SUPER_MAGIC) == "AFS");
  CHECK(network_file_system(AFS_FS_MAGIC) == "AFS");
  CHECK(network_file_system(CODA_SUPER_MAGIC) == "Coda");
  CHECK(network_file_system(OCFS2_SUPER_MAGIC) == "OCFS2");
}

TEST_CASE("a number that the system shows with its sign is the same one") {
  CHECK(network_file_system(static_cast<std::uint64_t>(static_cast<std::int32_t>(CIFS_SUPER_MAGIC))) == "CIFS");
}

TEST_CASE("file systems of this machine are not") {
  const std::vector<std::uint64_t> locals = {EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,  BTRFS_SUPER_MAGIC,    TMPFS_MAGIC,
                                             OVERLAYFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, 0x2fc12fc1 /* ZFS */, 0};
  for (const std::uint64_t local : locals) CHECK(network_file_system(local).empty());
}
