# Everything comes from Debian 12's packages; scripts/packages.txt names them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS program_options)
find_package(spdlog REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_library(FCGI_LIBRARY fcgi REQUIRED)
find_path(FCGI_INCLUDE_DIR fcgiapp.h REQUIRED)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
# Its flags are those of a static link, and CMake reads them differently when it configures again, which would rebuild
# everything. zmq.h needs none of them.
set_target_properties(PkgConfig::ZMQ PROPERTIES INTERFACE_COMPILE_OPTIONS "" INTERFACE_INCLUDE_DIRECTORIES "")
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
