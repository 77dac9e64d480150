# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
# The dependencies alone, against an empty program: this layer holds until Cargo.toml or Cargo.lock change.
COPY Cargo.toml Cargo.lock ./
COPY benches benches
RUN mkdir -p src tests/api tests/offline \
    && echo 'fn main() {}' | tee src/main.rs tests/api/main.rs tests/offline/main.rs \
    && echo '//! Empty.' > src/lib.rs \
    && cargo build --profile dist --locked
COPY migrations migrations
COPY templates templates
COPY src src
# Cargo goes by times, and the copied files are older than the empty program.
RUN touch src/main.rs src/lib.rs && cargo build --profile dist --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home outturn \
    && install -d -o outturn -g outturn -m 0700 /var/lib/outturn
COPY --from=build /src/target/dist/outturn /usr/local/bin/outturn
COPY sample /usr/share/outturn/sample
USER outturn
ENV OUTTURN_BIND=0.0.0.0:8080 OUTTURN_DATA_DIR=/var/lib/outturn
VOLUME /var/lib/outturn
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["outturn"]
CMD ["serve"]
