//! Parsers for the values of configuration variables.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::values::ShortText;

pub type Rate = (u32, Duration);

type Parse<T> = Box<dyn Fn(&str) -> Option<T>>;

pub(super) struct Parser<T> {
    /// A description of the values that a configuration variable accepts, for the error text.
    pub(super) expected: String,
    pub(super) parse: Parse<T>,
}

impl<T> Parser<T> {
    pub(super) fn new(expected: impl Into<String>, parse: impl Fn(&str) -> Option<T> + 'static) -> Self {
        Self { expected: expected.into(), parse: Box::new(parse) }
    }
}

pub(super) fn any<T: FromStr>(expected: &str) -> Parser<T> {
    Parser::new(expected, |text| text.parse().ok())
}

/// Creates a parser that accepts texts which can be parsed as `T`. The value is the text itself.
pub(super) fn valid<T: FromStr>(expected: &str) -> Parser<String> {
    Parser::new(expected, |text| text.parse::<T>().ok().map(|_| text.to_owned()))
}

pub(super) fn path() -> Parser<PathBuf> {
    any("a path")
}

pub(super) fn number(low: usize, high: usize) -> Parser<usize> {
    let parse = move |text: &str| text.parse().ok().filter(|number| (low..=high).contains(number));
    Parser::new(format!("a number from {low} to {high}"), parse)
}

pub(super) fn spool_bytes() -> Parser<u64> {
    Parser::new("a number of at least 1048576", |text| text.parse().ok().filter(|bytes| *bytes >= 1 << 20))
}

pub(super) fn duration() -> Parser<Duration> {
    Parser::new("a time such as 10s or 500ms", |text| {
        humantime::parse_duration(text).ok().filter(|time| !time.is_zero())
    })
}

pub(super) fn seconds(high: u64) -> Parser<Duration> {
    Parser::new(format!("whole seconds from 0 to {high}"), move |text| {
        text.parse().ok().filter(|seconds| *seconds <= high).map(Duration::from_secs)
    })
}

/// Creates a parser for a rate such as `600/1m`. A rate must allow at least one request in two
/// minutes, so that no client has to wait longer than that.
pub(super) fn rate() -> Parser<Rate> {
    let expected =
        "up to 1000000 requests in whole seconds such as 600/1m, at least one request in two minutes";
    Parser::new(expected, |text| {
        let (count, period) = text.split_once('/')?;
        let (count, period) = (count.parse::<u32>().ok()?, humantime::parse_duration(period).ok()?);
        let seconds = period.as_secs();
        let is_valid = (1..=1_000_000).contains(&count)
            && period.subsec_nanos() == 0
            && (1..=86_400).contains(&seconds)
            && seconds <= u64::from(count) * 120;
        is_valid.then_some((count, period))
    })
}

/// Creates a parser for the kind of connection pooler. The value is true for a transaction pooler,
/// which can run each transaction on another server connection.
pub(super) fn pooler() -> Parser<bool> {
    Parser::new("none, session or transaction", |text| match text {
        "none" | "session" => Some(false),
        "transaction" => Some(true),
        _ => None,
    })
}

/// Creates a parser for a connection string with one host. The standby is checked by the position
/// that it has replayed, which differs between hosts.
pub(super) fn one_host() -> Parser<String> {
    Parser::new("a postgres:// address or a list of key=value, with one host", |text| {
        let config: tokio_postgres::Config = text.parse().ok()?;
        let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
        (hosts == 1).then(|| text.to_owned())
    })
}

pub(super) fn lag() -> Parser<Duration> {
    let (low, high) = (Duration::from_secs(1), Duration::from_secs(3600));
    Parser::new("a time from 1s to 1h", move |text| {
        humantime::parse_duration(text).ok().filter(|lag| (low..=high).contains(lag))
    })
}

/// Creates a parser for the place where requests are counted. The value is true if the servers
/// share their counts.
pub(super) fn rate_store() -> Parser<bool> {
    Parser::new("memory or postgres", |text| match text {
        "memory" => Some(false),
        "postgres" => Some(true),
        _ => None,
    })
}

pub(super) fn one_line() -> Parser<ShortText> {
    Parser::new("one line of at most 200 characters", |text| {
        let text = text.trim();
        ShortText::is_valid(text).then(|| ShortText::from(text))
    })
}

pub(super) fn list<T>(expected: &str, item: impl Fn(&str) -> Option<T> + 'static) -> Parser<Vec<T>> {
    let parse = move |text: &str| text.split(',').map(|part| item(part.trim())).collect();
    Parser::new(format!("{expected}, separated by commas"), parse)
}

pub(super) fn addresses() -> Parser<Vec<IpAddr>> {
    list("addresses such as 10.0.0.1", |text| text.parse().ok())
}

pub(super) fn origins() -> Parser<Vec<String>> {
    list("origins such as https://app.example.org", |origin| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
        let is_valid = !host.is_empty() && !host.contains(['/', '*', ' ']);
        is_valid.then(|| origin.to_owned())
    })
}

/// Creates a parser for the address of an OpenTelemetry collector. Removes a slash at the end.
pub(super) fn collector() -> Parser<String> {
    Parser::new("an http:// address. For TLS, use a local collector that forwards traces over TLS", |text| {
        let host = text.strip_prefix("http://")?.trim_end_matches('/');
        let is_valid = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic());
        is_valid.then(|| format!("http://{host}"))
    })
}
