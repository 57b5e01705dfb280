# Personal Technology: the FastCGI pool on port 9000, for nginx in another
# container (Dockerfile.nginx); jobs and migrations run from this image too
# (docker-compose.yml). No secret is in it: give SECRET_KEY_FILE, AUDIT_KEY_FILE,
# DATABASE_URL_FILE, BACKUP_KEY_FILE for backups, ALLOW with the addresses of nginx, and for mail
# SITE_URL, SMTP_URL, SMTP_USER, SMTP_PASSWORD_FILE and MAIL_FROM. Its root may
# be read-only: it writes to /run/personal-tech and /var/lib/personal-tech.
#
#   docker build --build-arg COMMIT="$(git rev-parse --short HEAD)" \
#       -t personal-tech .

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/packages scripts/packages
RUN scripts/packages build
COPY . .
ARG COMMIT=unknown
RUN make -j"$(nproc)" all COMMIT="$COMMIT" \
    && mkdir -p /app/bin /app/conf \
    && install -s build/ptpool build/ptworker build/ptjobs build/ptctl \
       /app/bin/ \
    && cp conf/personal-tech.container.yaml /app/conf/personal-tech.yaml

# its programs for backups alone: the package brings Perl
FROM debian:bookworm-slim AS postgres
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libacl1 libcurl4 \
       libfcgi0ldbl libhiredis0.14 libjson-c5 libmagic1 libpq5 libqrencode4 \
       libreadline8 libsodium23 libsqlite3-0 libssl3 libyaml-0-2 spawn-fcgi \
       zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && install -d -o 10001 -g 10001 -m 750 /run/personal-tech \
       /var/lib/personal-tech \
    && install -d -o 10001 -g 10001 -m 2750 /var/lib/personal-tech/files \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/personal-tech/backups \
       /var/lib/personal-tech/telemetry
COPY --from=postgres /usr/lib/postgresql/15/bin/pg_dump \
     /usr/lib/postgresql/15/bin/pg_restore \
     /usr/lib/postgresql/15/bin/psql /app/bin/
COPY --from=build /app /app
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Personal Technology" \
      org.opencontainers.image.description="FastCGI pool, jobs and ptctl" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="$COMMIT"
ENV PATH=/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PT_CONF=/app/conf/personal-tech.yaml
WORKDIR /app
# a number, so that an orchestrator can tell that it is not root
USER 10001:10001
EXPOSE 9000
# drains: ptpool is process 1, since spawn-fcgi -n executes it in its place
STOPSIGNAL SIGTERM
# reads the status of a page: that a program ran says nothing about it
HEALTHCHECK --interval=5s --timeout=8s --retries=5 \
    CMD ["ptctl", "probe", "127.0.0.1:9000"]
CMD ["spawn-fcgi", "-n", "-a", "0.0.0.0", "-p", "9000", "--", "/app/bin/ptpool"]
