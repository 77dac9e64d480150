//! The environment variables that configure Outturn.

/// An environment variable that Outturn reads. docs/configuration.md lists them.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// The value, in words or code, that is used without it.
    pub default: &'static str,
    /// What it sets.
    pub meaning: &'static str,
}

/// Every variable that Outturn reads.
pub const VARIABLES: &[Variable] = &[
    // Server.
    Variable {
        name: "OUTTURN_BIND",
        default: "`127.0.0.1:8080`",
        meaning: "The address and port of the API.",
    },
    Variable {
        name: "OUTTURN_ADMIN_BIND",
        default: "the address of `OUTTURN_BIND` if that is a loopback address, else not served",
        meaning: "The address and port of `/metrics` and of the details of `/health/ready`. Do not expose it to the public.",
    },
    Variable {
        name: "OUTTURN_WORKERS",
        default: "one for each core",
        meaning: "The number of server threads.",
    },
    Variable {
        name: "OUTTURN_DATA_DIR",
        default: "`/var/lib/outturn` for root, else `~/.local/share/outturn`",
        meaning: "The directory of the embedded database and of the signing keys.",
    },
    Variable {
        name: "OUTTURN_ASSOCIATION_NAME",
        default: "none",
        meaning: "The name of the association, shown on printed documents: `East of England LGA`.",
    },
    Variable {
        name: "OUTTURN_MAX_BODY_BYTES",
        default: "`1048576`",
        meaning: "The maximum size of a request body.",
    },
    Variable {
        name: "OUTTURN_BODY_TIMEOUT",
        default: "`15s`",
        meaning: "The maximum time for receiving a request body.",
    },
    Variable {
        name: "OUTTURN_SPOOL_DIR",
        default: "`spool` in `OUTTURN_DATA_DIR`",
        meaning: "The directory of the files in which datasets are written before they are sent. Use another disk than the database's if possible.",
    },
    Variable {
        name: "OUTTURN_SPOOL_BYTES",
        default: "`4294967296`",
        meaning: "The maximum size of all these files together.",
    },
    Variable {
        name: "OUTTURN_TRUSTED_PROXIES",
        default: "none",
        meaning: "The addresses of reverse proxies, separated by commas. The server takes the client address from their `X-Forwarded-For`.",
    },
    Variable {
        name: "OUTTURN_CORS_ORIGINS",
        default: "none",
        meaning: "The origins whose pages may call the API, separated by commas: `https://app.example.org`.",
    },
    // Database.
    Variable {
        name: "DATABASE_URL",
        default: "an embedded PostgreSQL",
        meaning: "The PostgreSQL server to use: `postgres://user:password@host:5432/database`. The server never prints it.",
    },
    Variable {
        name: "PG_BINDIR",
        default: "searched for",
        meaning: "The directory of PostgreSQL's programs, for the embedded database.",
    },
    Variable {
        name: "OUTTURN_POOL_SIZE",
        default: "`4`",
        meaning: "The number of database connections of each server thread. Threads times connections must stay below the `max_connections` of PostgreSQL.",
    },
    Variable {
        name: "OUTTURN_POOLER",
        default: "`none`",
        meaning: "The pooler between Outturn and PostgreSQL: `none`, `session` or `transaction`, like the `pool_mode` of PgBouncer.",
    },
    Variable {
        name: "OUTTURN_CONNECT_TIMEOUT",
        default: "`5s`",
        meaning: "The maximum time for connecting to PostgreSQL, TLS and authentication included.",
    },
    Variable {
        name: "OUTTURN_STATEMENT_TIMEOUT",
        default: "`10s`",
        meaning: "The maximum time of one database statement.",
    },
    // Limits for each client.
    Variable {
        name: "OUTTURN_RATE_LOGIN",
        default: "`30/1m`",
        meaning: "How many tokens one session, client or user may get in a time.",
    },
    Variable {
        name: "OUTTURN_RATE_FAILURES",
        default: "`300/1h`",
        meaning: "How many wrong passwords and secrets one address may send in a time, whatever accounts they name.",
    },
    Variable {
        name: "OUTTURN_RATE_BULK",
        default: "`60/1m`",
        meaning: "How many bulk requests one client may send in a time.",
    },
    Variable {
        name: "OUTTURN_RATE_EXPORT",
        default: "`300/1m`",
        meaning: "How many exports one client may request in a time. Exports are datasets; a framework's tree, metrics, series, summary, overdue list and document; a target's series and explanation; a council's engagement; and every request with `known_at`.",
    },
    Variable {
        name: "OUTTURN_RATE_REST",
        default: "`3000/1m`",
        meaning: "How many other requests one client may send in a time.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_LOGIN",
        default: "`8`",
        meaning: "How many requests for tokens one address may have in progress. Further ones wait for up to 5 s, then get 429.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_BULK",
        default: "`2`",
        meaning: "How many bulk requests one client may have in progress. Further ones wait as above.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_EXPORT",
        default: "`2`",
        meaning: "How many exports one client may have in progress. Further ones wait as above.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_REST",
        default: "`8`",
        meaning: "How many other requests one client may have in progress. Further ones wait as above.",
    },
    // Tokens and identity providers.
    Variable {
        name: "OUTTURN_ISSUER",
        default: "`outturn`",
        meaning: "The `iss` of access tokens, and the `aud` of client assertions. Use the public address: `https://api.example.org`.",
    },
    Variable { name: "OUTTURN_AUDIENCE", default: "`outturn-api`", meaning: "The `aud` of access tokens." },
    Variable {
        name: "OUTTURN_REFRESH_REUSE_SECONDS",
        default: "`10`",
        meaning: "For how many seconds a browser that sends a refresh cookie again gets the same next cookie. After that, and always with 0, the session ends.",
    },
    Variable {
        name: "OUTTURN_OIDC_ISSUERS",
        default: "none",
        meaning: "The identity providers whose access tokens are accepted, separated by commas: `https://login.microsoftonline.com/{tenantid}/v2.0`.",
    },
    Variable {
        name: "OUTTURN_OIDC_TENANTS",
        default: "none",
        meaning: "The tenants that replace `{tenantid}`, separated by commas. Tokens of other tenants are refused.",
    },
    Variable {
        name: "OUTTURN_OIDC_AUDIENCE",
        default: "none",
        meaning: "The accepted `aud` values of these tokens, separated by commas. With Entra this is the application (client) id of the API.",
    },
    // Webhooks.
    Variable {
        name: "OUTTURN_WEBHOOK_NETWORKS",
        default: "none",
        meaning: "Networks that webhooks may reach besides the public internet, separated by commas: `10.1.2.0/24`. In these networks webhooks may use plain HTTP.",
    },
    // Logs and traces.
    Variable {
        name: "OUTTURN_LOG",
        default: "`info`",
        meaning: "The log filter, in the syntax of the `tracing` crate: `warn`, `outturn=debug`. Disclosures of personal data are always logged.",
    },
    Variable {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        default: "no traces are exported",
        meaning: "The OpenTelemetry collector, over plain HTTP with protobuf: `http://localhost:4318`.",
    },
];
