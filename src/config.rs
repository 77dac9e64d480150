//! Configuration from environment variables. All faults are reported together, and secrets are
//! never printed.

mod oidc;
mod variables;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use oidc::{Issuer, Oidc};
pub use variables::{VARIABLES, Variable};

use crate::values::ShortText;
use crate::values::network::Networks;

/// The variables of the programs in `examples`, which may be set in the server's environment too.
const OF_EXAMPLES: [&str; 4] =
    ["OUTTURN_URL", "OUTTURN_CLIENT_ID", "OUTTURN_CLIENT_SECRET", "OUTTURN_WEBHOOK_SECRET"];

/// Returns a fault for each name that begins with `OUTTURN_` and is not a known variable.
fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    let is_known =
        |name: &str| VARIABLES.iter().any(|known| known.name == name) || OF_EXAMPLES.contains(&name);
    let mut unknown: Vec<_> = names.filter(|name| name.starts_with("OUTTURN_") && !is_known(name)).collect();
    unknown.sort_unstable();
    unknown.into_iter().map(|name| format!("{name} is not a known variable")).collect()
}

/// The maximum number of requests in a period.
pub type Rate = (u32, Duration);

/// The association's name, if one is configured.
#[derive(Debug, Clone)]
pub struct Association(pub Option<ShortText>);

/// Outturn's configuration.
#[derive(Clone)]
pub struct Config {
    /// The database to use, if not the embedded one.
    pub database_url: Option<String>,
    /// The address and port of the API.
    pub bind: SocketAddr,
    /// The configured address and port of the admin endpoints.
    pub admin_bind: Option<SocketAddr>,
    /// The directory of the embedded database and of the signing keys.
    pub data_dir: PathBuf,
    /// The directory of the files in which datasets are written before they are sent.
    pub spool_dir: PathBuf,
    /// The maximum size of all these files together, in bytes.
    pub spool_bytes: u64,
    /// The association's name, shown on printed documents.
    pub association_name: Option<ShortText>,
    /// The number of server threads.
    pub workers: usize,
    /// The number of database connections of each server thread.
    pub pool_size: usize,
    /// The maximum time for connecting to the database.
    pub connect_timeout: Duration,
    /// Whether a pooler may run each transaction on another connection to the database.
    pub is_transaction_pooled: bool,
    /// The maximum time of one database statement.
    pub statement_timeout: Duration,
    /// The maximum size of a request body, in bytes.
    pub max_body_bytes: usize,
    /// The maximum time for receiving a request body.
    pub body_timeout: Duration,
    /// The origins that CORS allows.
    pub cors_origins: Vec<String>,
    /// The rate limits of one client, in the order login, bulk, export, rest.
    pub rates: [Rate; 4],
    /// The rate limit of wrong passwords and secrets from one address.
    pub failure_rate: Rate,
    /// How long a refresh cookie that is sent again gets the same next cookie.
    pub refresh_reuse: Duration,
    /// The maximum number of concurrent requests of one client, in the same order as `rates`.
    pub concurrency: [usize; 4],
    /// The reverse proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpAddr>,
    /// The `iss` of access tokens.
    pub issuer: String,
    /// The `aud` of access tokens.
    pub audience: String,
    /// The external identity providers.
    pub oidc: Oidc,
    /// The networks that webhooks may reach besides the public internet.
    pub webhook_networks: Networks,
    /// The log filter.
    pub log: String,
    /// The address of the OpenTelemetry collector. Without it no traces are exported.
    pub otlp_endpoint: Option<String>,
}

/// Where `/metrics` and the details of `/health/ready` are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminEndpoints {
    /// On the API's address.
    Shared,
    /// On a separate address.
    Separate(SocketAddr),
    /// Not served: the API's address is not loopback and no other address is configured.
    Off,
}

/// Every fault of the configuration. The message joins them in one line.
#[derive(Debug, thiserror::Error)]
#[error("invalid configuration: {}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

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
    /// Reads the process's environment. Also fails for an unknown variable that begins with
    /// `OUTTURN_`, because it is probably misspelt.
    pub fn from_env() -> Result<Self, ConfigError> {
        let read = Self::from_vars(&|name| std::env::var(name).ok());
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut faults = unknown(names);
        match read {
            Ok(config) if faults.is_empty() => Ok(config),
            Ok(_) => Err(ConfigError(faults)),
            Err(ConfigError(others)) => {
                faults.extend(others);
                Err(ConfigError(faults))
            }
        }
    }

    /// Reads the configuration from the variables that `get` returns.
    pub fn from_vars(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
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
                |text| ShortText::is_sound(text.trim()).then(|| Some(ShortText::from(text.trim()))),
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
        if reader.faults.is_empty() { Ok(config) } else { Err(ConfigError(reader.faults)) }
    }

    /// Returns where the admin endpoints are served. Port 0 means any free port, so two
    /// addresses with port 0 differ.
    pub fn admin_endpoints(&self) -> AdminEndpoints {
        match self.admin_bind {
            Some(address) if address == self.bind && address.port() != 0 => AdminEndpoints::Shared,
            Some(address) => AdminEndpoints::Separate(address),
            None if self.bind.ip().to_canonical().is_loopback() => AdminEndpoints::Shared,
            None => AdminEndpoints::Off,
        }
    }
}

/// Parses a rate such as `600/1m`. A rate must allow at least one request in two minutes, so that
/// no client has to wait longer than that.
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
