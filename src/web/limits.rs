//! Rate limits: a bucket for each client and kind of work, emptied by requests and filled again steadily (GCRA).
//! The arithmetic is our own ten lines because a 304 gives back what it cost, which the known crates cannot do.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use quick_cache::sync::Cache;

use super::{Problem, gate};
use crate::policy::{Bucket, Rule};

/// The longest wait a refused caller is told, in seconds.
pub const LONGEST_WAIT: u64 = 120;

/// So many buckets are kept; beyond them those that were not lately used make way, and are full when they come back.
const KEPT: usize = 50_000;

const SECOND: u64 = 1_000_000_000;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whose bucket it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Client {
    Subject(String),
    Address(IpAddr),
}

/// How much a bucket holds, and how fast it fills.
#[derive(Debug, Clone)]
struct Quota {
    count: u64,
    /// Nanoseconds in which one request comes back.
    step: u64,
    policy: HeaderValue,
}

/// Every client's buckets; one for all server threads.
pub struct Limits {
    quotas: [Quota; Bucket::ALL.len()],
    proxies: Vec<IpAddr>,
    started: Instant,
    /// When each bucket will be full, in nanoseconds since the start.
    full_at: Cache<(Bucket, Client), Arc<AtomicU64>>,
}

/// What a request took from a bucket, for the headers of its answer.
#[derive(Clone)]
struct Charge {
    bucket: Bucket,
    full_at: Arc<AtomicU64>,
    is_taken: bool,
}

impl Quota {
    fn new(bucket: Bucket, (count, window): (u32, Duration)) -> Result<Self, String> {
        let count = u64::from(count.max(1));
        let step = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX) / count;
        let policy = format!("\"{}\";q={count};w={}", bucket.as_str(), window.as_secs());
        let policy = HeaderValue::from_str(&policy).map_err(|error| error.to_string())?;
        Ok(Self { count, step, policy })
    }

    /// Takes one from a bucket that will be full at `full_at`, or says in how many nanoseconds there is one.
    fn take(&self, full_at: &AtomicU64, now: u64) -> Result<(), u64> {
        let next = |full: u64| full.max(now) + self.step;
        let deepest = now + self.step * self.count;
        let taken = full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full| {
            Some(next(full)).filter(|full| *full <= deepest)
        });
        taken.map(drop).map_err(|full| next(full) - deepest)
    }

    fn left(&self, full_at: u64, now: u64) -> u64 {
        self.count - full_at.saturating_sub(now).div_ceil(self.step).min(self.count)
    }
}

impl Limits {
    /// Limits of so many requests in such a time for each bucket, in the order of [`Bucket::ALL`]. These proxies are
    /// believed when they say whom they speak for.
    pub fn new(rates: [(u32, Duration); Bucket::ALL.len()], proxies: Vec<IpAddr>) -> Result<Self, String> {
        let [login, bulk, export, rest] = rates;
        let quotas = [
            Quota::new(Bucket::Login, login)?,
            Quota::new(Bucket::Bulk, bulk)?,
            Quota::new(Bucket::Export, export)?,
            Quota::new(Bucket::Rest, rest)?,
        ];
        Ok(Self { quotas, proxies, started: Instant::now(), full_at: Cache::new(KEPT) })
    }

    fn quota(&self, bucket: Bucket) -> &Quota {
        &self.quotas[bucket as usize]
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn full_at(&self, bucket: Bucket, client: Client) -> Arc<AtomicU64> {
        let Ok(full_at) =
            self.full_at.get_or_insert_with(&(bucket, client), || Ok::<_, Infallible>(Arc::default()));
        full_at
    }

    /// Who is at the other end: the peer, or whom a proxy that we know names last.
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

/// An address, or for IPv6 the network that one subscriber has to choose addresses from.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four => four,
    }
}

/// The client address of a request, as the limits without a caller count it.
pub(super) fn address(request: &HttpRequest) -> Result<IpAddr, Problem> {
    let limits = request.app_data::<Data<Limits>>().ok_or_else(|| Problem::internal("no limits"))?;
    Ok(limits.address(request))
}

/// The parameter of a look-back, which reads the change log whatever the operation is.
const KNOWN_AT: &str = "known_at";

/// The bucket that a request counts against.
fn bucket(rule: &Rule, request: &ServiceRequest) -> Bucket {
    let pairs = gate::pairs(request.query_string()).unwrap_or_default();
    rule.bucket(pairs.iter().any(|(name, _)| name == KNOWN_AT))
}

/// Takes what an operation costs from the caller's bucket, or without a caller from that of the address; returns the two.
pub(super) fn charge(
    rule: &Rule,
    request: &ServiceRequest,
    subject: Option<&str>,
) -> Result<(Bucket, Client), Problem> {
    let limits = request.app_data::<Data<Limits>>().ok_or_else(|| Problem::internal("no limits"))?;
    let bucket = bucket(rule, request);
    let client = subject.map_or_else(
        || Client::Address(limits.address(request.request())),
        |subject| Client::Subject(subject.to_owned()),
    );
    let full_at = limits.full_at(bucket, client.clone());
    let taken = limits.quota(bucket).take(&full_at, limits.now());
    request.extensions_mut().insert(Charge { bucket, full_at, is_taken: taken.is_ok() });
    taken.map_err(refused(bucket))?;
    Ok((bucket, client))
}

/// The refusal of who would have to wait so many nanoseconds.
fn refused(bucket: Bucket) -> impl FnOnce(u64) -> Problem {
    move |wait| {
        metrics::counter!("http_requests_limited_total", "bucket" => bucket.as_str()).increment(1);
        Problem::rate_limited(wait.div_ceil(SECOND).clamp(1, LONGEST_WAIT))
    }
}

/// Refuses who comes from an address whose bucket is empty, and takes nothing from it.
pub(super) fn check_address(rule: &Rule, request: &ServiceRequest) -> Result<(), Problem> {
    let limits = request.app_data::<Data<Limits>>().ok_or_else(|| Problem::internal("no limits"))?;
    let bucket = bucket(rule, request);
    let full_at = limits.full_at(bucket, Client::Address(limits.address(request.request())));
    let (quota, now) = (limits.quota(bucket), limits.now());
    let probe = AtomicU64::new(full_at.load(Ordering::Relaxed));
    quota.take(&probe, now).map_err(refused(bucket))
}

/// Gives a 304 its cost back, and tells the caller what is left.
pub(super) fn settle(response: &mut ServiceResponse<impl Sized>) {
    let request = response.request().clone();
    let Some(charge) = request.extensions().get::<Charge>().cloned() else { return };
    let Some(limits) = request.app_data::<Data<Limits>>() else { return };
    let quota = limits.quota(charge.bucket);
    if charge.is_taken && response.status() == StatusCode::NOT_MODIFIED {
        charge.full_at.fetch_sub(quota.step, Ordering::Relaxed);
    }
    let (full_at, now) = (charge.full_at.load(Ordering::Relaxed), limits.now());
    let full_in = full_at.saturating_sub(now).div_ceil(SECOND);
    let state = format!("\"{}\";r={};t={full_in}", charge.bucket.as_str(), quota.left(full_at, now));
    if let Ok(state) = HeaderValue::from_str(&state) {
        response.headers_mut().insert(RATE_LIMIT, state);
    }
    response.headers_mut().insert(RATE_LIMIT_POLICY, quota.policy.clone());
}
