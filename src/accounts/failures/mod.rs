//! Counts wrong passwords and secrets for each account, to slow down guessing.
//!
//! A source is a network address or a session. After several failures a source must wait before its
//! next attempt. The delay grows with the failures of all sources for the same account. A source
//! without failures never waits, so an attacker cannot lock out a user. Failures are counted in the
//! same way for names without an account.
//!
//! Each address also has a limit for failures in total, for all accounts together. The limit stops
//! an attacker who guesses at many accounts. It never stops a source that has signed in to its
//! account before. Each server has its own counts, in memory.

mod delay;

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use quick_cache::sync::Cache;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use self::delay::{Count, Source};
use crate::web::Problem;
use crate::web::limits::{FailureCharge, Limits};

/// The maximum number of accounts for which failed sign-ins are counted. The same maximum applies
/// to sources. Entries that were not used recently are evicted.
const MAX_ENTRIES: usize = 50_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    Address(IpAddr),
    /// A browser whose cookie contains a refresh token of a valid session of the same account.
    Session(Uuid),
}

/// A keyed hash of the e-mail address or client id in a sign-in attempt. The hash key is random for
/// each process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Name(u64);

type SharedSource = Arc<tokio::sync::Mutex<Source>>;

/// The counts of failed sign-ins on one server. All threads share them.
pub struct Failures {
    key: RandomState,
    started: Instant,
    totals: Cache<Name, Arc<Mutex<Count>>>,
    sources: Cache<(Name, Origin), SharedSource>,
}

/// A sign-in attempt that is allowed to proceed. Attempts of one source on one account run one
/// after another, so concurrent requests cannot make more attempts.
pub struct Attempt<'f> {
    failures: &'f Failures,
    total: Arc<Mutex<Count>>,
    source: OwnedMutexGuard<Source>,
    charge: FailureCharge,
}

impl Default for Failures {
    fn default() -> Self {
        Self {
            key: RandomState::new(),
            started: Instant::now(),
            totals: Cache::new(MAX_ENTRIES),
            sources: Cache::new(MAX_ENTRIES),
        }
    }
}

impl Failures {
    /// Starts a sign-in attempt on the account with this e-mail address or client id. Fails with
    /// 429 `too_many_failures` while the source must wait.
    pub async fn begin(
        &self,
        limits: &Limits,
        request: &HttpRequest,
        name: &str,
        origin: Origin,
    ) -> Result<Attempt<'_>, Problem> {
        let name = Name(self.key.hash_one(name.to_lowercase()));
        let Ok(shared_source) =
            self.sources.get_or_insert_with(&(name, origin), || Ok::<_, Infallible>(new_source(origin)));
        let Ok(total) = self.totals.get_or_insert_with(&name, || Ok::<_, Infallible>(Arc::default()));
        let source = shared_source.lock_owned().await;
        if let Some(wait) = source.wait(read(&total), self.now()) {
            return Err(too_many_failures(wait));
        }
        let charge = limits.charge_failure(request, source.is_known()).map_err(too_many_failures)?;
        Ok(Attempt { failures: self, total, source, charge })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Attempt<'_> {
    /// Records whether the password or secret was right. If the client disconnects or the database
    /// is unavailable, the attempt is dropped and nothing is recorded.
    pub fn end(mut self, is_right: bool) {
        if is_right {
            *self.source = Source::known();
            return;
        }
        self.charge.fail();
        let now = self.failures.now();
        *self.source = self.source.failed(now);
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        *total = total.add(now);
    }
}

fn read(total: &Mutex<Count>) -> Count {
    *total.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Creates a source that has no failed sign-ins. A session counts as a source that has signed in.
fn new_source(origin: Origin) -> SharedSource {
    let source = match origin {
        Origin::Address(_) => Source::default(),
        Origin::Session(_) => Source::known(),
    };
    Arc::new(tokio::sync::Mutex::new(source))
}

/// Creates the error 429 `too_many_failures` with the delay in `Retry-After`.
fn too_many_failures(wait: Duration) -> Problem {
    crate::telemetry::counter!("sign_ins_delayed_total").increment(1);
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let detail = "Too many attempts with a wrong password or secret came from your address. Try again after \
        the seconds in Retry-After.";
    Problem {
        header: Some((RETRY_AFTER, HeaderValue::from(seconds))),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", detail)
    }
}
