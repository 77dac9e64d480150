//! Rate limits (GCRA): each client has a bucket for each class of requests. A request takes from
//! the bucket, and the bucket fills steadily. The arithmetic is implemented here because a 304
//! refunds its cost, which the known crates do not support.

mod exchange;
mod level;
mod proven_identity;
mod sharing;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use aws_lc_rs::digest;
use quick_cache::sync::Cache;
use uuid::Uuid;

use self::exchange::Changed;
use self::level::Level;
pub use self::proven_identity::FailureCharge;
pub use self::proven_identity::begin;
pub use self::sharing::share;
use super::{Problem, query_string};
use crate::access::{Bucket, Rule};

/// Maximum value of Retry-After for a refused request, in seconds.
pub const MAX_RETRY_SECONDS: u64 = 120;

/// Maximum number of rate-limit buckets in memory. Above this number, the server drops buckets that
/// have not been used for long. A dropped bucket is full when it is used again.
const MAX_BUCKETS: usize = 50_000;

const SECOND: u64 = 1_000_000_000;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Client {
    /// The subject of a token, or the id of an account.
    Subject(String),
    Session(Uuid),
    Address(IpAddr),
}

impl Client {
    pub fn account(id: Uuid) -> Self {
        Self::Subject(id.to_string())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Meter {
    Requests(Bucket),
    Failures,
}

impl Meter {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Requests(bucket) => bucket.as_str(),
            Self::Failures => "failures",
        }
    }
}

/// The capacity of a rate-limit bucket and the rate at which the bucket fills.
#[derive(Debug, Clone)]
struct Quota {
    count: u64,
    /// Nanoseconds after which the bucket allows one more request.
    step: u64,
    policy: HeaderValue,
}

pub struct Limits {
    quotas: [Quota; Bucket::ALL.len()],
    failures: Quota,
    proxies: Vec<IpAddr>,
    started: Instant,
    levels: Cache<(Meter, Client), Arc<Level>>,
    /// The levels for the next exchange with the other servers. `None` if this server counts alone.
    changed: Option<Changed>,
}

/// A request that was counted against a rate-limit bucket. The response's rate-limit headers
/// describe this bucket.
#[derive(Clone)]
struct Charge {
    meter: Meter,
    level: Arc<Level>,
    is_taken: bool,
}

impl Quota {
    fn new(meter: Meter, (count, window): (u32, Duration)) -> Result<Self, String> {
        let count = u64::from(count.max(1));
        let step = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX) / count;
        let policy = format!("\"{}\";q={count};w={}", meter.as_str(), window.as_secs());
        let policy = HeaderValue::from_str(&policy).map_err(|error| error.to_string())?;
        Ok(Self { count, step, policy })
    }

    /// Counts a request against a rate-limit bucket. If the bucket is empty, returns the nanoseconds
    /// until the bucket allows a request.
    fn take(&self, level: &Level, now: u64) -> Result<(), u64> {
        level.take(self.step, now, now + self.step * self.count)
    }

    fn left(&self, full_at: u64, now: u64) -> u64 {
        self.count - full_at.saturating_sub(now).div_ceil(self.step).min(self.count)
    }
}

impl Limits {
    /// Creates the rate limits. `rates` contains the number of requests and the period for each
    /// bucket, in the order of [`Bucket::ALL`]. `failures` contains the number of failed attempts
    /// and the period for each client address. The server trusts the `X-Forwarded-For` header of
    /// `proxies`.
    pub fn new(
        rates: [(u32, Duration); Bucket::ALL.len()],
        failures: (u32, Duration),
        proxies: Vec<IpAddr>,
    ) -> Result<Self, String> {
        let [login, bulk, export, rest] = rates;
        let requests = |bucket, rate| Quota::new(Meter::Requests(bucket), rate);
        let quotas = [
            requests(Bucket::Login, login)?,
            requests(Bucket::Bulk, bulk)?,
            requests(Bucket::Export, export)?,
            requests(Bucket::Rest, rest)?,
        ];
        let failures = Quota::new(Meter::Failures, failures)?;
        let levels = Cache::new(MAX_BUCKETS);
        Ok(Self { quotas, failures, proxies, started: Instant::now(), levels, changed: None })
    }

    /// Lets several servers share the limits if `is_shared` is true. [`share`] must then run.
    #[must_use]
    pub fn shared(self, is_shared: bool) -> Self {
        Self { changed: is_shared.then(Changed::default), ..self }
    }

    fn quota(&self, meter: Meter) -> &Quota {
        match meter {
            Meter::Requests(bucket) => &self.quotas[bucket as usize],
            Meter::Failures => &self.failures,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn level(&self, meter: Meter, client: Client) -> Arc<Level> {
        let Ok(level) =
            self.levels.get_or_insert_with(&(meter, client), || Ok::<_, Infallible>(Arc::default()));
        level
    }

    /// Counts a request against a client's rate-limit bucket. If the bucket is empty, returns the
    /// nanoseconds until the bucket allows a request.
    fn take(&self, meter: Meter, client: Client) -> (Charge, Result<(), u64>) {
        let level = self.level(meter, client.clone());
        let taken = self.quota(meter).take(&level, self.now());
        if let Some(changed) = &self.changed {
            changed.add(&level, || bucket_id(meter, &client));
        }
        (Charge { meter, level, is_taken: taken.is_ok() }, taken)
    }

    /// Returns the result that [`Self::take`] would return, without counting a request.
    fn probe(&self, meter: Meter, level: &Level) -> Result<(), u64> {
        self.quota(meter).take(&level.copy(), self.now())
    }

    fn refund(&self, charge: &Charge) {
        if charge.is_taken {
            charge.level.refund(self.quota(charge.meter).step);
        }
    }

    /// Returns the client address. This is the address of the peer, unless the peer is a trusted
    /// proxy. For a trusted proxy, this is the last address in `X-Forwarded-For` that is not a
    /// trusted proxy.
    pub fn address(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(Ipv6Addr::UNSPECIFIED.into(), |peer| peer.ip());
        if !self.proxies.contains(&peer) {
            return network(peer);
        }
        let named = request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
        let ours = |hop: &IpAddr| self.proxies.contains(hop);
        let mut hops = hops.iter().rev().map_while(|hop| hop.parse::<IpAddr>().ok()).skip_while(ours);
        network(hops.next().unwrap_or(peer))
    }
}

/// Returns the id of a bucket in the database. It is a digest, so the database has no addresses and
/// names of clients.
fn bucket_id(meter: Meter, client: &Client) -> Uuid {
    let client = match client {
        Client::Subject(subject) => format!("subject {subject}"),
        Client::Session(session) => format!("session {session}"),
        Client::Address(address) => format!("address {address}"),
    };
    let digest = digest::digest(&digest::SHA256, format!("{} {client}", meter.as_str()).as_bytes());
    let (bytes, _) = digest.as_ref().split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Uuid::from_bytes(*bytes)
}

/// Returns an IPv4 address unchanged, and an IPv6 address as its /64 network. One subscriber can
/// use every address of a /64 network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four => four,
    }
}

pub(super) fn address(request: &HttpRequest) -> Result<IpAddr, Problem> {
    let limits =
        request.app_data::<Data<Limits>>().ok_or_else(|| Problem::internal("app_data has no Limits"))?;
    Ok(limits.address(request))
}

/// Returns the bucket of a request. As-of queries count against another bucket.
fn bucket(rule: &Rule, request: &ServiceRequest) -> Bucket {
    rule.access.bucket(query_string::looks_back(request.query_string()))
}

/// Counts a request against the rate-limit bucket of the caller. If `subject` is `None`, counts it
/// against the bucket of the client address. Returns the bucket and its owner.
pub fn charge(
    rule: &Rule,
    request: &ServiceRequest,
    subject: Option<&str>,
) -> Result<(Bucket, Client), Problem> {
    let limits = limits(request)?;
    let bucket = bucket(rule, request);
    let client = subject.map_or_else(
        || Client::Address(limits.address(request.request())),
        |subject| Client::Subject(subject.to_owned()),
    );
    let (charge, taken) = limits.take(Meter::Requests(bucket), client.clone());
    request.extensions_mut().insert(charge);
    taken.map_err(rate_limited(bucket))?;
    Ok((bucket, client))
}

fn limits(request: &ServiceRequest) -> Result<&Data<Limits>, Problem> {
    request.app_data::<Data<Limits>>().ok_or_else(|| Problem::internal("app_data has no Limits"))
}

/// Returns a function that creates the 429 problem. Its argument is the time to wait, in
/// nanoseconds.
fn rate_limited(bucket: Bucket) -> impl FnOnce(u64) -> Problem {
    move |wait| {
        crate::telemetry::counter!("http_requests_limited_total", "bucket" => bucket.as_str()).increment(1);
        Problem::rate_limited(wait.div_ceil(SECOND).clamp(1, MAX_RETRY_SECONDS))
    }
}

/// Fails with 429 if the rate-limit bucket of the client address is empty, unless `client` was
/// identified recently. Counts no request.
pub fn check_address(rule: &Rule, request: &ServiceRequest, client: Option<Client>) -> Result<(), Problem> {
    let limits = limits(request)?;
    let bucket = bucket(rule, request);
    let meter = Meter::Requests(bucket);
    if client.is_some_and(|client| limits.levels.contains_key(&(meter, client))) {
        return Ok(());
    }
    let level = limits.level(meter, Client::Address(limits.address(request.request())));
    limits.probe(meter, &level).map_err(rate_limited(bucket))
}

/// Refunds the rate-limit cost of a 304 and adds the rate-limit headers to a response.
pub(super) fn finish(response: &mut ServiceResponse<impl Sized>) {
    let request = response.request().clone();
    let Some(charge) = request.extensions().get::<Charge>().cloned() else { return };
    let Some(limits) = request.app_data::<Data<Limits>>() else { return };
    let quota = limits.quota(charge.meter);
    if response.status() == StatusCode::NOT_MODIFIED {
        limits.refund(&charge);
    }
    let (full_at, now) = (charge.level.full_at(), limits.now());
    let full_in = full_at.saturating_sub(now).div_ceil(SECOND);
    let state = format!("\"{}\";r={};t={full_in}", charge.meter.as_str(), quota.left(full_at, now));
    if let Ok(state) = HeaderValue::from_str(&state) {
        response.headers_mut().insert(RATE_LIMIT, state);
    }
    response.headers_mut().insert(RATE_LIMIT_POLICY, quota.policy.clone());
}
