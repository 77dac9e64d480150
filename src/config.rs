//! Configuration: by environment alone, all faults reported at once, secrets never printed.

mod oidc;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use oidc::{Issuer, Oidc};

use crate::values::Line;
use crate::values::network::Networks;

/// A variable that Outturn reads: its name, what holds without it, what it means. The README's table is this list.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// Every variable that Outturn reads.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "DATABASE_URL",
        default: "an embedded PostgreSQL",
        meaning: "The PostgreSQL server to use: `postgres://user:password@host:5432/database`. Never printed.",
    },
    Variable { name: "OUTTURN_BIND", default: "127.0.0.1:8080", meaning: "Where to listen, `address:port`." },
    Variable {
        name: "OUTTURN_ADMIN_BIND",
        default: "the address of `OUTTURN_BIND` where that is loopback, else nowhere",
        meaning: "Where `/metrics` and the details of `/health/ready` are served, `address:port`. Keep it from the public.",
    },
    Variable {
        name: "OUTTURN_DATA_DIR",
        default: "`/var/lib/outturn` as root, else `~/.local/share/outturn`",
        meaning: "Where the embedded database and the signing keys live.",
    },
    Variable {
        name: "OUTTURN_SPOOL_DIR",
        default: "`spool` in `OUTTURN_DATA_DIR`",
        meaning: "Where datasets are written before they are sent; best on another disk than the database.",
    },
    Variable {
        name: "OUTTURN_SPOOL_BYTES",
        default: "4294967296",
        meaning: "The most bytes of datasets on their way out, all together.",
    },
    Variable {
        name: "OUTTURN_ASSOCIATION_NAME",
        default: "none",
        meaning: "The association's name, which the printed document shows: `East of England LGA`.",
    },
    Variable { name: "OUTTURN_WORKERS", default: "one for each core", meaning: "Server threads." },
    Variable {
        name: "OUTTURN_POOL_SIZE",
        default: "4",
        meaning: "Database connections for each server thread; threads times connections must stay below the server's `max_connections`.",
    },
    Variable {
        name: "OUTTURN_CONNECT_TIMEOUT",
        default: "5s",
        meaning: "How long connecting to the database may take, TLS and authentication included.",
    },
    Variable {
        name: "OUTTURN_POOLER",
        default: "none",
        meaning: "The pooler between Outturn and the database: `none`, `session` or `transaction`, as PgBouncer's `pool_mode`.",
    },
    Variable {
        name: "OUTTURN_STATEMENT_TIMEOUT",
        default: "10s",
        meaning: "How long one database statement may run.",
    },
    Variable {
        name: "OUTTURN_MAX_BODY_BYTES",
        default: "1048576",
        meaning: "The largest body a request may have.",
    },
    Variable { name: "OUTTURN_BODY_TIMEOUT", default: "15s", meaning: "How long a body may take to arrive." },
    Variable {
        name: "OUTTURN_CORS_ORIGINS",
        default: "none",
        meaning: "Origins whose pages may call the API, separated by commas: `https://app.example.org`.",
    },
    Variable {
        name: "OUTTURN_RATE_LOGIN",
        default: "30/1m",
        meaning: "How often one session, client or user may get a token: so many times in such a time.",
    },
    Variable {
        name: "OUTTURN_RATE_FAILURES",
        default: "300/1h",
        meaning: "How many wrong passwords and secrets one address may send, whatever accounts they name.",
    },
    Variable {
        name: "OUTTURN_RATE_BULK",
        default: "60/1m",
        meaning: "How often one client may send many records at once.",
    },
    Variable {
        name: "OUTTURN_RATE_EXPORT",
        default: "300/1m",
        meaning: "How often one client may ask for an export: a dataset, a framework's tree, metrics, series, summary, overdue list or document, a target's series or explanation, a council's engagement, or anything with `known_at`.",
    },
    Variable {
        name: "OUTTURN_RATE_REST",
        default: "3000/1m",
        meaning: "How often one client may ask anything else.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_LOGIN",
        default: "8",
        meaning: "How many requests for tokens one address may have in progress at once; more wait for 5 s, then get 429.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_BULK",
        default: "2",
        meaning: "The same of one client, for requests with many records.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_EXPORT",
        default: "2",
        meaning: "The same of one client, for exports.",
    },
    Variable {
        name: "OUTTURN_CONCURRENT_REST",
        default: "8",
        meaning: "The same of one client, for anything else.",
    },
    Variable {
        name: "OUTTURN_REFRESH_REUSE_SECONDS",
        default: "10",
        meaning: "For how many seconds a browser that shows a cookie again gets the same next one; after that, and always with 0, the session ends.",
    },
    Variable {
        name: "OUTTURN_TRUSTED_PROXIES",
        default: "none",
        meaning: "Addresses of proxies in front, separated by commas: their `X-Forwarded-For` says who asks without a token.",
    },
    Variable {
        name: "OUTTURN_ISSUER",
        default: "outturn",
        meaning: "The `iss` of access tokens, and the `aud` of assertions; best the public address: `https://api.example.org`.",
    },
    Variable { name: "OUTTURN_AUDIENCE", default: "outturn-api", meaning: "The `aud` of access tokens." },
    Variable {
        name: "OUTTURN_OIDC_ISSUERS",
        default: "none",
        meaning: "Outside identity providers whose access tokens are accepted, separated by commas: `https://login.microsoftonline.com/{tenantid}/v2.0`.",
    },
    Variable {
        name: "OUTTURN_OIDC_TENANTS",
        default: "none",
        meaning: "The tenants that `{tenantid}` stands for, separated by commas; no other is let in.",
    },
    Variable {
        name: "OUTTURN_OIDC_AUDIENCE",
        default: "none",
        meaning: "The `aud` of outside access tokens: with Entra the API's application (client) id. Several are separated by commas.",
    },
    Variable {
        name: "OUTTURN_WEBHOOK_NETWORKS",
        default: "none",
        meaning: "Networks that webhooks reach besides the public internet, separated by commas: `10.1.2.0/24`. Addresses in them are also reached without TLS.",
    },
    Variable {
        name: "OUTTURN_LOG",
        default: "info",
        meaning: "What to log, as tracing's filters say it: `warn`, `outturn=debug`. Who read names is always logged.",
    },
    Variable {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        default: "nothing is exported",
        meaning: "The OpenTelemetry collector that traces go to over plain HTTP, as protobuf: `http://localhost:4318`.",
    },
    Variable {
        name: "PG_BINDIR",
        default: "looked for",
        meaning: "Where PostgreSQL's programs are, for the embedded database.",
    },
];

/// What the programs in `examples` read: they may be set where the server runs as well.
const OF_EXAMPLES: [&str; 4] =
    ["OUTTURN_URL", "OUTTURN_CLIENT_ID", "OUTTURN_CLIENT_SECRET", "OUTTURN_WEBHOOK_SECRET"];

/// The faults of names that begin as Outturn's variables do and are none.
fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    let is_known =
        |name: &str| VARIABLES.iter().any(|known| known.name == name) || OF_EXAMPLES.contains(&name);
    let mut unknown: Vec<_> = names.filter(|name| name.starts_with("OUTTURN_") && !is_known(name)).collect();
    unknown.sort_unstable();
    unknown.into_iter().map(|name| format!("there is no variable {name}")).collect()
}

/// So many requests in such a time.
pub type Rate = (u32, Duration);

/// The association's name, if one is configured.
#[derive(Debug, Clone)]
pub struct Association(pub Option<Line>);

/// Outturn's configuration.
#[derive(Clone)]
pub struct Config {
    /// The database to use, if not the embedded one.
    pub database_url: Option<String>,
    /// Where to listen.
    pub bind: SocketAddr,
    /// Where the operator wants the admin endpoints, if it was said.
    pub admin_bind: Option<SocketAddr>,
    /// Where the embedded database and the keys live.
    pub data_dir: PathBuf,
    /// Where datasets are written before they are sent.
    pub spool_dir: PathBuf,
    /// The most bytes of datasets on their way out.
    pub spool_bytes: u64,
    /// The association's name, as the printed document shows it.
    pub association_name: Option<Line>,
    /// Server threads.
    pub workers: usize,
    /// Connections per thread.
    pub pool_size: usize,
    /// How long connecting to the database may take.
    pub connect_timeout: Duration,
    /// Whether a pooler gives each transaction another server connection.
    pub is_transaction_pooled: bool,
    /// How long a statement may run.
    pub statement_timeout: Duration,
    /// The largest body.
    pub max_body_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// Origins that CORS allows.
    pub cors_origins: Vec<String>,
    /// How often one client may do what, in the order login, bulk, export, rest.
    pub rates: [Rate; 4],
    /// How many wrong passwords and secrets one address may send.
    pub failure_rate: Rate,
    /// For how long a cookie that is shown again gets the same successor.
    pub refresh_reuse: Duration,
    /// How many requests of one client run at once, in the same order.
    pub concurrency: [usize; 4],
    /// Proxies that are believed when they name a client's address.
    pub trusted_proxies: Vec<IpAddr>,
    /// The tokens' issuer.
    pub issuer: String,
    /// The tokens' audience.
    pub audience: String,
    /// The outside identity providers.
    pub oidc: Oidc,
    /// The networks that webhooks reach besides the public internet.
    pub webhook_networks: Networks,
    /// The log filter.
    pub log: String,
    /// Where traces go, if anywhere.
    pub otlp_endpoint: Option<String>,
}

/// Where `/metrics` and the details of `/health/ready` are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminEndpoints {
    /// On the address of the API.
    Shared,
    /// On an address of their own.
    Separate(SocketAddr),
    /// Nowhere: the API's address is not loopback, and no other was given.
    Off,
}

/// What is wrong with the environment: every fault, in one line.
#[derive(Debug, thiserror::Error)]
#[error("invalid configuration: {}", .0.join("; "))]
pub struct Faults(pub Vec<String>);

struct Reader<'v> {
    get: &'v dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|value| !value.is_empty())
    }

    fn read<T>(&mut self, name: &str, default: T, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        let Some(text) = self.text(name) else { return default };
        parse(&text).unwrap_or_else(|| {
            self.faults.push(format!("{name} must be {wanted}"));
            default
        })
    }

    fn time(&mut self, name: &str, seconds: u64) -> Duration {
        self.read(name, Duration::from_secs(seconds), "a time such as 10s or 500ms", |text| {
            humantime::parse_duration(text).ok().filter(|time| !time.is_zero())
        })
    }

    fn rate(&mut self, name: &str, count: u32, seconds: u64) -> Rate {
        let wanted =
            "a number up to 1000000 and whole seconds such as 600/1m, at least one request in two minutes";
        self.read(name, (count, Duration::from_secs(seconds)), wanted, rate)
    }
}

impl Config {
    /// Reads the process's environment. Fails for a variable that begins as Outturn's and is none of them: it is misspelt.
    pub fn from_env() -> Result<Self, Faults> {
        let read = Self::from_vars(&|name| std::env::var(name).ok());
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut faults = unknown(names);
        match read {
            Ok(config) if faults.is_empty() => Ok(config),
            Ok(_) => Err(Faults(faults)),
            Err(Faults(others)) => {
                faults.extend(others);
                Err(Faults(faults))
            }
        }
    }

    /// Reads variables from wherever `get` finds them.
    pub fn from_vars(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let mut reader = Reader { get, faults: Vec::new() };
        let within = |low: usize, high: usize| {
            move |text: &str| text.parse().ok().filter(|number| (low..=high).contains(number))
        };
        let data_dir = reader.text("OUTTURN_DATA_DIR").map_or_else(|| default_data_dir(get), PathBuf::from);
        let spool_dir = reader.text("OUTTURN_SPOOL_DIR");
        let config = Self {
            database_url: reader.read(
                "DATABASE_URL",
                None,
                "a postgres:// address or a list of key=value",
                |text| text.parse::<tokio_postgres::Config>().ok().map(|_| Some(text.to_owned())),
            ),
            bind: reader.read(
                "OUTTURN_BIND",
                SocketAddr::from(([127, 0, 0, 1], 8080)),
                "an address and a port, 127.0.0.1:8080",
                |text| text.parse().ok(),
            ),
            spool_dir: spool_dir.map_or_else(|| data_dir.join("spool"), PathBuf::from),
            data_dir,
            spool_bytes: reader.read(
                "OUTTURN_SPOOL_BYTES",
                4 << 30,
                "a number of at least 1048576",
                |text| text.parse().ok().filter(|bytes| *bytes >= 1 << 20),
            ),
            admin_bind: reader.read(
                "OUTTURN_ADMIN_BIND",
                None,
                "an address and a port, 127.0.0.1:9090",
                |text| text.parse().ok().map(Some),
            ),
            association_name: reader.read(
                "OUTTURN_ASSOCIATION_NAME",
                None,
                "one line of at most 200 characters",
                |text| Line::is_sound(text.trim()).then(|| Some(Line::from(text.trim()))),
            ),
            workers: reader.read("OUTTURN_WORKERS", cores, "a number from 1 to 256", within(1, 256)),
            pool_size: reader.read("OUTTURN_POOL_SIZE", 4, "a number from 1 to 100", within(1, 100)),
            connect_timeout: reader.time("OUTTURN_CONNECT_TIMEOUT", 5),
            is_transaction_pooled: reader.read(
                "OUTTURN_POOLER",
                false,
                "none, session or transaction",
                |text| match text {
                    "none" | "session" => Some(false),
                    "transaction" => Some(true),
                    _ => None,
                },
            ),
            statement_timeout: reader.time("OUTTURN_STATEMENT_TIMEOUT", 10),
            max_body_bytes: reader.read(
                "OUTTURN_MAX_BODY_BYTES",
                1 << 20,
                "a number from 1024 to 104857600",
                within(1 << 10, 100 << 20),
            ),
            body_timeout: reader.time("OUTTURN_BODY_TIMEOUT", 15),
            cors_origins: reader.read(
                "OUTTURN_CORS_ORIGINS",
                Vec::new(),
                "origins such as https://app.example.org, separated by commas",
                origins,
            ),
            rates: [
                reader.rate("OUTTURN_RATE_LOGIN", 30, 60),
                reader.rate("OUTTURN_RATE_BULK", 60, 60),
                reader.rate("OUTTURN_RATE_EXPORT", 300, 60),
                reader.rate("OUTTURN_RATE_REST", 3000, 60),
            ],
            failure_rate: reader.rate("OUTTURN_RATE_FAILURES", 300, 3600),
            refresh_reuse: reader.read(
                "OUTTURN_REFRESH_REUSE_SECONDS",
                Duration::from_secs(10),
                "whole seconds from 0 to 60",
                |text| text.parse::<u64>().ok().filter(|seconds| *seconds <= 60).map(Duration::from_secs),
            ),
            concurrency: [
                ("OUTTURN_CONCURRENT_LOGIN", 8),
                ("OUTTURN_CONCURRENT_BULK", 2),
                ("OUTTURN_CONCURRENT_EXPORT", 2),
                ("OUTTURN_CONCURRENT_REST", 8),
            ]
            .map(|(name, default)| reader.read(name, default, "a number from 1 to 10000", within(1, 10_000))),
            trusted_proxies: reader.read(
                "OUTTURN_TRUSTED_PROXIES",
                Vec::new(),
                "addresses such as 10.0.0.1, separated by commas",
                |text| text.split(',').map(|address| address.trim().parse().ok()).collect(),
            ),
            issuer: reader.text("OUTTURN_ISSUER").unwrap_or_else(|| "outturn".into()),
            audience: reader.text("OUTTURN_AUDIENCE").unwrap_or_else(|| "outturn-api".into()),
            oidc: Oidc::read(&mut reader),
            webhook_networks: reader.read(
                "OUTTURN_WEBHOOK_NETWORKS",
                Networks::default(),
                "networks such as 10.1.2.0/24, separated by commas",
                |text| text.parse().ok(),
            ),
            log: reader.read(
                "OUTTURN_LOG",
                "info".to_owned(),
                "a log filter such as info or outturn=debug",
                |text| text.parse::<tracing_subscriber::filter::Targets>().ok().map(|_| text.to_owned()),
            ),
            otlp_endpoint: reader.read(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                None,
                "an http:// address; a collector nearby sends on over TLS",
                |text| {
                    let place = text.strip_prefix("http://")?.trim_end_matches('/');
                    let holds = !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_graphic());
                    holds.then(|| Some(format!("http://{place}")))
                },
            ),
        };
        if reader.faults.is_empty() { Ok(config) } else { Err(Faults(reader.faults)) }
    }

    /// Where the admin endpoints are served. Port 0 names a fresh port each time, so it is never the same address.
    pub fn admin_endpoints(&self) -> AdminEndpoints {
        match self.admin_bind {
            Some(address) if address == self.bind && address.port() != 0 => AdminEndpoints::Shared,
            Some(address) => AdminEndpoints::Separate(address),
            None if self.bind.ip().to_canonical().is_loopback() => AdminEndpoints::Shared,
            None => AdminEndpoints::Off,
        }
    }
}

/// Nobody is told to wait longer than two minutes, so one request at least must come back in that time.
fn rate(text: &str) -> Option<Rate> {
    let (count, window) = text.split_once('/')?;
    let (count, window) = (count.parse::<u32>().ok()?, humantime::parse_duration(window).ok()?);
    let seconds = window.as_secs();
    let holds = (1..=1_000_000).contains(&count)
        && window.subsec_nanos() == 0
        && (1..=86_400).contains(&seconds)
        && seconds <= u64::from(count) * 120;
    holds.then_some((count, window))
}

fn origins(text: &str) -> Option<Vec<String>> {
    let origins: Vec<String> = text.split(',').map(|origin| origin.trim().to_owned()).collect();
    let is_origin = |origin: &String| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ']))
    };
    origins.iter().all(is_origin).then_some(origins)
}

fn default_data_dir(get: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    if nix::unistd::Uid::effective().is_root() {
        return PathBuf::from("/var/lib/outturn");
    }
    let share = get("XDG_DATA_HOME").map(PathBuf::from);
    let home = || PathBuf::from(get("HOME").unwrap_or_else(|| ".".into())).join(".local/share");
    share.unwrap_or_else(home).join("outturn")
}
