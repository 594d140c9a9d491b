# Choreo in one container: docker compose up (docker-compose.yml), or docker run -p 127.0.0.1:8420:8420 -v choreo-data:/var/lib/choreo
#
# One container, not one for each process: the processes share the databases' write-ahead logs, which are memory maps, and
# Unix sockets, so they can live on one machine only; they have one version and one data directory, and none is of use
# without the others. scripts/supervise starts again the one that dies, without a request lost, which restarting a
# container cannot do; it also reaps orphans and passes the stop signal on in the right order.

FROM debian:12 AS build
WORKDIR /src
# Packages and the page's libraries change rarely; what stands above the sources is not done again for each change.
COPY scripts/install-packages scripts/packages.txt scripts/
RUN scripts/install-packages
COPY ui/package.json ui/package-lock.json ui/
RUN cd ui && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
ENV LANG=C.UTF-8
RUN scripts/build -DCHOREO_TESTS=OFF ui choreo-fcgi choreo-broker choreo-streamer choreo-dispatcher choreoctl \
    && install -D --strip --target-directory=/opt/choreo/bin build/release/bin/* \
    && cp -r build/release/ui /opt/choreo/ui \
    && install -D --target-directory=/opt/choreo/scripts scripts/supervise scripts/generate-secrets \
    && cp -r scripts/stack /opt/choreo/scripts/stack \
    && mkdir /opt/choreo/nginx && cp -r nginx/fragments /opt/choreo/nginx/fragments

FROM debian:12
RUN apt-get -q update \
    && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
      ca-certificates curl libboost-program-options1.81.0 libcurl4 libfmt9 libspdlog1.10 libsqlite3-0 libssl3 \
      libfcgi0ldbl libsystemd0 libzmq5 nginx-light openssl python3 tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
# A fixed number, so that a directory of the host can be given to it: chown 8420 DIR.
RUN useradd --uid 8420 --user-group --no-create-home --home-dir /var/lib/choreo --shell /usr/sbin/nologin choreo \
    && install -d -o choreo -g choreo -m 700 /var/lib/choreo /run/choreo /etc/choreo/keys
COPY --from=build /opt/choreo /opt/choreo
# A library that is missing above is better missed here than by the first who runs it.
RUN for program in /opt/choreo/bin/*; do "$program" --version || exit 1; done \
    && ln -s /opt/choreo/bin/choreoctl /opt/choreo/scripts/generate-secrets /usr/local/bin/

USER choreo
ENV LANG=C.UTF-8 CHOREO_DIR=/var/lib/choreo CHOREO_RUN_DIR=/run/choreo
VOLUME /var/lib/choreo /etc/choreo/keys
EXPOSE 8420
# It says 503 when appends cannot be taken; a process that only starts again is no reason to replace the container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", "http://127.0.0.1:8420/health"]
STOPSIGNAL SIGTERM
# 0.0.0.0 is that of the container's own network: who reaches it is decided where the port is published.
CMD ["/opt/choreo/scripts/supervise", "--bin-dir", "/opt/choreo/bin", "--port", "8420", "--address", "0.0.0.0", "--log-to-output"]
