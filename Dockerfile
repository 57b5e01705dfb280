# Personal Technology: the FastCGI pool on port 9000, for nginx in another
# container. No secret is in the image: give SECRET_KEY_FILE, AUDIT_KEY_FILE
# and DATABASE_URL (or DATABASE_URL_FILE), ALLOW with the address of nginx, and
# for mail SITE_URL, SMTP_URL, SMTP_USER, SMTP_PASSWORD_FILE and MAIL_FROM.
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
    && cp -R build/static /app/static \
    && cp conf/personal-tech.container.yaml /app/conf/personal-tech.yaml

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libacl1 libcurl4 \
       libfcgi0ldbl libhiredis0.14 libjson-c5 libmagic1 libpq5 libsodium23 \
       libsqlite3-0 libyaml-0-2 spawn-fcgi \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 750 /run/personal-tech \
       /var/lib/personal-tech
COPY --from=build /app /app
WORKDIR /app
# a number, so that an orchestrator can tell that it is not root
USER 10001:10001
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=3s --retries=3 \
    CMD ["/app/bin/ptctl", "-c", "/app/conf/personal-tech.yaml", "status"]
CMD ["spawn-fcgi", "-n", "-a", "0.0.0.0", "-p", "9000", "--", "/app/bin/ptpool", "-c", "/app/conf/personal-tech.yaml"]
