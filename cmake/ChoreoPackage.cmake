# What `cmake --install` lays down and CPack puts into choreo_VERSION_ARCH.deb (scripts/package makes it). Destinations are
# relative to /, since units, sites and settings have their places outside any prefix.

set(lib usr/lib/choreo)
set(share usr/share/choreo)
set(doc usr/share/doc/choreo)
set(units usr/lib/systemd/system)
set(made ${CMAKE_BINARY_DIR}/packaging)

# The programs are nobody's commands: systemd starts them.
install(TARGETS choreo-fcgi choreo-broker choreo-streamer choreo-dispatcher RUNTIME DESTINATION ${lib})
install(PROGRAMS packaging/choreo-nginx packaging/choreo-nginx-limits scripts/generate-secrets DESTINATION ${lib})
if(TARGET choreoctl)
  install(TARGETS choreoctl RUNTIME DESTINATION usr/bin)
endif()
install(DIRECTORY ${CMAKE_BINARY_DIR}/ui DESTINATION ${share})

file(GLOB unit_files CONFIGURE_DEPENDS systemd/*.service systemd/*.socket systemd/*.target systemd/*.timer)
install(FILES ${unit_files} DESTINATION ${units})
foreach(part choreo-backup choreo-broker choreo-dispatcher choreo-fcgi@ choreo-streamer)
  install(FILES systemd/hardening.conf DESTINATION ${units}/${part}.service.d)
endforeach()
install(FILES systemd/nginx-restart.conf DESTINATION ${units}/nginx.service.d RENAME choreo.conf)
install(PROGRAMS systemd/choreo-workers DESTINATION usr/lib/systemd/system-generators)
install(FILES systemd/choreo.sysusers DESTINATION usr/lib/sysusers.d RENAME choreo.conf)
install(FILES systemd/choreo.tmpfiles DESTINATION usr/lib/tmpfiles.d RENAME choreo.conf)

# What both kinds of site include, from the fragments that scripts/up uses too.
file(GLOB fragments CONFIGURE_DEPENDS nginx/fragments/*.conf)
foreach(part http server)
  add_custom_command(
    OUTPUT ${made}/${part}.conf
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/nginx-site --part ${part} > ${made}/${part}.conf
    DEPENDS ${fragments} scripts/nginx-site scripts/stack/nginx_conf.py
    VERBATIM)
endforeach()
add_custom_target(package-sites ALL DEPENDS ${made}/http.conf ${made}/server.conf)
install(FILES ${made}/http.conf ${made}/server.conf packaging/domain.conf DESTINATION ${share}/nginx)
install(FILES packaging/site.conf DESTINATION etc/nginx/sites-available RENAME choreo)
install(FILES packaging/choreo.conf DESTINATION etc/choreo)

file(GLOB pages CONFIGURE_DEPENDS docs/*.md docs/openapi.json docs/n8n-workflow.json)
install(FILES ${pages} README.md DESTINATION ${doc})
install(FILES packaging/debian/copyright DESTINATION ${doc})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME choreo)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Choreo authors <maintainers@choreo.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
# Its installation is all that CPack needs; scripts/package builds before.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "append-only operation log over HTTP, with streams and webhooks
Nine operators describe every change; the current state is projected from the
log, and every committed operation leaves through a live stream of server-sent
events and through signed webhooks. An answer means that the operation is on
disk.
.
Installing it starts a site on http://127.0.0.1:8420 behind nginx.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# systemd-sysusers and -tmpfiles are systemd's; certificates are for webhooks, curl for the package's own health check.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd, nginx, ca-certificates, curl, openssl")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "certbot, python3-certbot-nginx")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(control ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${control}/preinst ${control}/postinst ${control}/prerm ${control}/postrm
    ${control}/conffiles)

# Its time says when the package was made; postinst holds the clock against it.
string(TIMESTAMP CHOREO_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(packaging/debian/changelog ${made}/changelog.Debian @ONLY)
add_custom_command(
  OUTPUT ${made}/changelog.Debian.gz ${made}/changelog.gz
  COMMAND gzip -9nc ${made}/changelog.Debian > ${made}/changelog.Debian.gz
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${made}/changelog.gz
  DEPENDS ${made}/changelog.Debian CHANGELOG.md
  VERBATIM)
add_custom_target(package-changelog ALL DEPENDS ${made}/changelog.Debian.gz)
install(FILES ${made}/changelog.Debian.gz ${made}/changelog.gz DESTINATION ${doc})

include(CPack)
