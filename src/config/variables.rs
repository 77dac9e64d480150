//! The list of environment variables that configure Outturn.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use tracing_subscriber::filter::Targets;
use uuid::Uuid;

use super::oidc;
use super::parsers::{
    Rate, addresses, any, collector, duration, lag, number, one_host, one_line, origins, path, pooler, rate,
    rate_store, seconds, spool_bytes, valid,
};
use super::reader::Reader;
use crate::values::ShortText;
use crate::values::network::Networks;

/// An environment variable that Outturn reads. docs/configuration.md lists all variables.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub name: &'static str,
    /// The default value of the variable. It is a value in code form, or a description.
    pub default: &'static str,
    pub meaning: &'static str,
}

/// Declares the variables: `"NAME" field: type = default, parser;`. Each declaration creates a
/// field of [`Config`], an entry of [`VARIABLES`] and a statement of `Config::read`. The default is
/// one of these:
/// - a text, which is parsed like the value of the variable;
/// - `none`, for an `Option`, or `empty`, for a list;
/// - `(words)`, for an `Option` whose absence the words describe;
/// - `(words, function)`, where the function computes the default.
macro_rules! variables {
    (@words none) => { "none" };
    (@words empty) => { "none" };
    (@words $text:literal) => { concat!("`", $text, "`") };
    (@words ($words:literal $(, $default:expr)?)) => { $words };
    (@read $reader:ident, $name:literal, none, $parser:expr) => { $reader.optional($name, $parser) };
    (@read $reader:ident, $name:literal, empty, $parser:expr) => {
        $reader.or_else($name, $parser, |_| Default::default())
    };
    (@read $reader:ident, $name:literal, $text:literal, $parser:expr) => {
        $reader.with_default($name, $parser, $text)
    };
    (@read $reader:ident, $name:literal, ($words:literal), $parser:expr) => {
        $reader.optional($name, $parser)
    };
    (@read $reader:ident, $name:literal, ($words:literal, $default:expr), $parser:expr) => {
        $reader.or_else($name, $parser, $default)
    };
    ($( $(#[doc = $doc:literal])+ $name:literal $field:ident: $type:ty = $default:tt, $parser:expr; )+) => {
        #[derive(Clone)]
        pub struct Config {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        pub const VARIABLES: &[Variable] = &[$(
            Variable {
                name: $name,
                default: variables!(@words $default),
                meaning: concat!($($doc),+).trim_ascii(),
            },
        )+];

        impl Config {
            /// Reads all configuration variables. Returns `None` if a value is invalid.
            pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
                $( let $field: Option<$type> = variables!(@read reader, $name, $default, &$parser); )+
                Some(Self { $( $field: $field? ),+ })
            }
        }
    };
}

variables! {
    // Server.

    /// The address and port of the API.
    "OUTTURN_BIND" bind: SocketAddr = "127.0.0.1:8080", any("an address and a port, 127.0.0.1:8080");

    /// The address and port of `/metrics` and of the details of `/health/ready`. Do not expose it
    /// to the public.
    "OUTTURN_ADMIN_BIND" admin_bind: Option<SocketAddr> =
        ("the address of `OUTTURN_BIND` if that is a loopback address, else not served"),
        any("an address and a port, 127.0.0.1:9090");

    /// The number of server threads.
    "OUTTURN_WORKERS" workers: usize = ("one for each core", cores), number(1, 256);

    /// The directory of the embedded database and of the signing keys.
    "OUTTURN_DATA_DIR" data_dir: PathBuf =
        ("`/var/lib/outturn` for root, else `~/.local/share/outturn`", default_data_dir), path();

    /// The name of the association, shown on printed documents: `East of England LGA`.
    "OUTTURN_ASSOCIATION_NAME" association_name: Option<ShortText> = none, one_line();

    /// The time zone in which days begin and end, by its name in the IANA time zone database. It
    /// determines today's date. Use the same time zone for all servers and commands.
    "OUTTURN_TIME_ZONE" time_zone: Tz = "Europe/London",
        any("the name of a time zone of the IANA database, Europe/London");

    /// The maximum size of a request body, in bytes.
    "OUTTURN_MAX_BODY_BYTES" max_body_bytes: usize = "1048576", number(1 << 10, 100 << 20);

    /// The maximum time for receiving a request body.
    "OUTTURN_BODY_TIMEOUT" body_timeout: Duration = "15s", duration();

    /// The directory of the files in which datasets are written before they are sent. Use another
    /// disk than the database's if possible.
    "OUTTURN_SPOOL_DIR" spool_dir: Option<PathBuf> = ("`spool` in `OUTTURN_DATA_DIR`"), path();

    /// The maximum size of all dataset files together, in bytes.
    "OUTTURN_SPOOL_BYTES" spool_bytes: u64 = "4294967296", spool_bytes();

    /// The memory for responses with derived figures and for the facts from which they are derived,
    /// in bytes. With 0, the server keeps nothing and derives figures for each request.
    "OUTTURN_VIEW_CACHE_BYTES" view_cache_bytes: usize = "67108864", number(0, 16 << 30);

    /// The addresses of reverse proxies, separated by commas. The server takes the client address
    /// from their `X-Forwarded-For`.
    "OUTTURN_TRUSTED_PROXIES" trusted_proxies: Vec<IpAddr> = empty, addresses();

    /// The origins whose pages may call the API, separated by commas: `https://app.example.org`.
    "OUTTURN_CORS_ORIGINS" cors_origins: Vec<String> = empty, origins();

    // Database.

    /// The PostgreSQL server to use: `postgres://user:password@host:5432/database`. The server
    /// never prints this URL.
    "DATABASE_URL" database_url: Option<String> = ("an embedded PostgreSQL"),
        valid::<tokio_postgres::Config>("a postgres:// address or a list of key=value");

    /// A streaming standby of `DATABASE_URL`, from which the server reads records and figures. It
    /// must have one host. The server never prints this URL.
    "OUTTURN_READ_DATABASE_URL" read_database_url: Option<String> = ("all reads use `DATABASE_URL`"), one_host();

    /// The maximum time by which a read from the standby may be behind the primary. While the
    /// standby is further behind, reads use the primary.
    "OUTTURN_READ_LAG" read_lag: Duration = "5s", lag();

    /// The directory of the PostgreSQL programs that run the embedded database.
    "PG_BINDIR" postgres_programs: Option<PathBuf> = ("searched for"), path();

    /// The number of database connections of each server thread, to the primary and to the standby
    /// each. Threads times connections must stay below the `max_connections` of PostgreSQL.
    "OUTTURN_POOL_SIZE" pool_size: usize = "4", number(1, 100);

    /// The pooler between Outturn and PostgreSQL: `none`, `session` or `transaction`, like the
    /// `pool_mode` of PgBouncer.
    "OUTTURN_POOLER" is_transaction_pooled: bool = "none", pooler();

    /// The maximum time for connecting to PostgreSQL, including TLS and authentication.
    "OUTTURN_CONNECT_TIMEOUT" connect_timeout: Duration = "5s", duration();

    /// The maximum time of one database statement.
    "OUTTURN_STATEMENT_TIMEOUT" statement_timeout: Duration = "10s", duration();

    // Limits for each client.

    /// Where requests are counted for the rate limits: in the `memory` of each server, or in
    /// `postgres` for all servers of the database together.
    "OUTTURN_RATE_STORE" shares_rates: bool = "memory", rate_store();

    /// How many tokens one session, client or user may get in a period, for example `30/1m` for 30
    /// in a minute.
    "OUTTURN_RATE_LOGIN" rate_login: Rate = "30/1m", rate();

    /// How many wrong passwords and secrets one client address may send in a period, for all
    /// accounts together.
    "OUTTURN_RATE_FAILURES" rate_failures: Rate = "300/1h", rate();

    /// How many bulk requests one client may send in a period.
    "OUTTURN_RATE_BULK" rate_bulk: Rate = "60/1m", rate();

    /// How many exports one client may request in a period. Exports are datasets; a framework's
    /// tree, metrics, series, summary, overdue list and document; a target's series and
    /// explanation; a council's engagement; and every request with `known_at`.
    "OUTTURN_RATE_EXPORT" rate_export: Rate = "300/1m", rate();

    /// How many requests of all other kinds one client may send in a period.
    "OUTTURN_RATE_REST" rate_rest: Rate = "3000/1m", rate();

    /// How many requests for tokens one client address may have in progress. Further requests wait
    /// for up to 5 s, then get 429.
    "OUTTURN_CONCURRENT_LOGIN" concurrent_login: usize = "8", number(1, 10_000);

    /// How many bulk requests one client may have in progress. Further requests wait for up to 5 s,
    /// then get 429.
    "OUTTURN_CONCURRENT_BULK" concurrent_bulk: usize = "2", number(1, 10_000);

    /// How many exports one client may have in progress. Further exports wait for up to 5 s, then
    /// get 429.
    "OUTTURN_CONCURRENT_EXPORT" concurrent_export: usize = "2", number(1, 10_000);

    /// How many requests of all other kinds one client may have in progress. Further requests wait
    /// for up to 5 s, then get 429.
    "OUTTURN_CONCURRENT_REST" concurrent_rest: usize = "8", number(1, 10_000);

    // Tokens and identity providers.

    /// The `iss` claim of access tokens, and the `aud` claim of client assertions. Use the public
    /// address of the API: `https://api.example.org`.
    "OUTTURN_ISSUER" issuer: String = "outturn", any("a text");

    /// The `aud` claim of access tokens.
    "OUTTURN_AUDIENCE" audience: String = "outturn-api", any("a text");

    /// The seconds during which a browser that sends a used refresh cookie again gets the same next
    /// cookie. After that time, and always with 0, the session ends.
    "OUTTURN_REFRESH_REUSE_SECONDS" refresh_reuse: Duration = "10", seconds(60);

    /// The identity providers whose access tokens are accepted, separated by commas:
    /// `https://login.microsoftonline.com/{tenantid}/v2.0`.
    "OUTTURN_OIDC_ISSUERS" oidc_issuers: Vec<String> = empty, oidc::addresses();

    /// The tenant ids that replace `{tenantid}` in the issuers, separated by commas. Tokens of
    /// other tenants are refused.
    "OUTTURN_OIDC_TENANTS" oidc_tenants: Vec<Uuid> = empty, oidc::tenants();

    /// The accepted `aud` claims in tokens from identity providers, separated by commas. With Entra
    /// this is the application (client) id of the API.
    "OUTTURN_OIDC_AUDIENCE" oidc_audiences: Vec<String> = empty, oidc::audiences();

    // Webhooks.

    /// The networks that webhooks may reach in addition to the public internet, separated by
    /// commas: `10.1.2.0/24`. In these networks webhooks may use plain HTTP.
    "OUTTURN_WEBHOOK_NETWORKS" webhook_networks: Networks = empty,
        any("networks such as 10.1.2.0/24, separated by commas");

    // Logs and traces.

    /// The log filter, in the syntax of the `tracing` crate: `warn`, `outturn=debug`. Disclosures
    /// of personal data are always logged.
    "OUTTURN_LOG" log: String = "info", valid::<Targets>("a log filter such as info or outturn=debug");

    /// The address of an OpenTelemetry collector, over plain HTTP with protobuf:
    /// `http://localhost:4318`.
    "OTEL_EXPORTER_OTLP_ENDPOINT" otlp_endpoint: Option<String> = ("no traces are exported"), collector();
}

fn cores(_: &Reader<'_>) -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn default_data_dir(reader: &Reader<'_>) -> PathBuf {
    if nix::unistd::Uid::effective().is_root() {
        return PathBuf::from("/var/lib/outturn");
    }
    let share = (reader.get)("XDG_DATA_HOME").map(PathBuf::from);
    let home = || PathBuf::from((reader.get)("HOME").unwrap_or_else(|| ".".into())).join(".local/share");
    share.unwrap_or_else(home).join("outturn")
}
