// Which file systems are of another machine: locks and memory that processes share there are not what SQLite's
// write-ahead log needs, so a log on one may be damaged by its writers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace choreo::ctl {

// What statfs(2) says, and what people call it; "" for one of this machine, or one that is not known.
constexpr std::string_view network_file_system(std::uint64_t type) {
  struct Known {
    std::uint64_t type;
    std::string_view name;
  };
  // linux/magic.h and the file systems' own sources; what FUSE shows may be anywhere.
  constexpr std::array kKnown = {Known{0x6969, "NFS"},       Known{0xff534d42, "CIFS"},   Known{0xfe534d42, "SMB"},
                                 Known{0x517b, "SMB"},       Known{0x65735546, "FUSE"},   Known{0x01021997, "9p"},
                                 Known{0x00c36400, "Ceph"},  Known{0x5346414f, "AFS"},    Known{0x6b414653, "AFS"},
                                 Known{0x73757245, "Coda"},  Known{0x0bd00bd0, "Lustre"}, Known{0x01161970, "GFS2"},
                                 Known{0x7461636f, "OCFS2"}, Known{0x47504653, "GPFS"},   Known{0x19830326, "BeeGFS"},
                                 Known{0x564c, "NCP"},       Known{0x786f4256, "vboxsf"}, Known{0xbacbacbc, "vmhgfs"}};
  for (const Known& known : kKnown)
    if (known.type == (type & 0xffffffff)) return known.name;
  return "";
}

}  // namespace choreo::ctl
