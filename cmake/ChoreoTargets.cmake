# How targets are made. Each folder of core/ is one static library; it may use the libraries it names after DEPS and
# nothing else. tests/unit/layering_test.py holds the #include lines against the same lists.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(choreo_flags INTERFACE)
target_compile_options(choreo_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror=return-type
                                              -Werror=unused-result)
# GCC 12 sees overlaps and uninitialized reads in its own std::string and std::optional once it optimizes (GCC bug 105651).
target_compile_options(choreo_flags INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-restrict;-Wno-maybe-uninitialized;-Wno-format-truncation>)
target_include_directories(choreo_flags INTERFACE ${CMAKE_SOURCE_DIR}/core)
target_compile_definitions(choreo_flags INTERFACE CHOREO_VERSION="${PROJECT_VERSION}")

# What Debian builds its packages with; without it, overflows of buffers that are not noticed cost a little less time.
option(CHOREO_HARDENED "Compile and link as for a package" OFF)
if(CHOREO_HARDENED)
  target_compile_options(choreo_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
                                                -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -Wformat -Werror=format-security -fPIE)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    target_compile_options(choreo_flags INTERFACE -fcf-protection)
  endif()
  target_link_options(choreo_flags INTERFACE -pie -Wl,-z,relro -Wl,-z,now)
endif()

set(CHOREO_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")
if(CHOREO_SANITIZE)
  target_compile_options(choreo_flags INTERFACE -fsanitize=${CHOREO_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(choreo_flags INTERFACE -fsanitize=${CHOREO_SANITIZE})
endif()

# choreo_core(<folder> DEPS <folder|library>...): the static library choreo_<folder> from every .cpp in this folder.
function(choreo_core name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${name}/*.cpp)
  add_library(choreo_${name} STATIC ${sources})
  target_link_libraries(choreo_${name} PUBLIC choreo_flags ${ARG_DEPS})
endfunction()

# choreo_daemon(<program> DEPS <library>...): lib<program>_parts from every .cpp but main.cpp, so that unit tests can link
# the parts, and the program itself.
function(choreo_daemon name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  if(sources)
    add_library(${name}-parts STATIC ${sources})
    target_link_libraries(${name}-parts PUBLIC choreo_flags ${ARG_DEPS})
    target_include_directories(${name}-parts PUBLIC ${CMAKE_SOURCE_DIR})
  endif()
  add_executable(${name} main.cpp)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE choreo_flags ${ARG_DEPS})
  if(sources)
    target_link_libraries(${name} PRIVATE ${name}-parts)
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
