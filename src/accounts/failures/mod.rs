//! Wrong passwords and secrets, counted for each account, so that guessing slows down.
//!
//! A source is an address or a session. One that failed several times waits the longer the more failures the account
//! has from all sources. A source without failures of its own never waits, so no stranger locks anybody out. Names
//! without an account are counted alike. Besides, an address may have so many failures in all, whatever they name: that
//! bounds guesses at many accounts, and stops no source that has signed in to its account before. The counts are in the
//! memory of one server: several servers each count.

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
use crate::web::limits::{Guess, Limits};

/// The number of accounts, and of sources of attempts, that are remembered. Those that were not used lately make way.
const MAX_REMEMBERED: usize = 50_000;

/// Where an attempt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A network address.
    Address(IpAddr),
    /// A browser that shows a valid session of the account.
    Session(Uuid),
}

/// What an attempt names: an e-mail address or a client's id, as a hash under a key that this process chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Name(u64);

type Slot = Arc<tokio::sync::Mutex<Source>>;

/// The failures that one server remembers; one for all its threads.
pub struct Failures {
    key: RandomState,
    started: Instant,
    totals: Cache<Name, Arc<Mutex<Count>>>,
    sources: Cache<(Name, Origin), Slot>,
}

/// An attempt that may be made. Attempts of one source on one account wait for each other, so that no more are made
/// at once than one by one.
pub struct Attempt<'f> {
    failures: &'f Failures,
    total: Arc<Mutex<Count>>,
    source: OwnedMutexGuard<Source>,
    guess: Guess,
}

impl Default for Failures {
    fn default() -> Self {
        Self {
            key: RandomState::new(),
            started: Instant::now(),
            totals: Cache::new(MAX_REMEMBERED),
            sources: Cache::new(MAX_REMEMBERED),
        }
    }
}

impl Failures {
    /// Begins an attempt on the account that has this name, or refuses it until the source has waited.
    pub async fn begin(
        &self,
        limits: &Limits,
        request: &HttpRequest,
        name: &str,
        origin: Origin,
    ) -> Result<Attempt<'_>, Problem> {
        let name = Name(self.key.hash_one(name.to_lowercase()));
        let Ok(slot) = self.sources.get_or_insert_with(&(name, origin), || Ok::<_, Infallible>(new(origin)));
        let Ok(total) = self.totals.get_or_insert_with(&name, || Ok::<_, Infallible>(Arc::default()));
        let source = slot.lock_owned().await;
        if let Some(wait) = source.wait(read(&total), self.now()) {
            return Err(refusal(wait));
        }
        let guess = limits.guess(request, source.is_known()).map_err(refusal)?;
        Ok(Attempt { failures: self, total, source, guess })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Attempt<'_> {
    /// Notes whether the password was right. An attempt that was given up, as the caller left or the database was away,
    /// is noted as neither.
    pub fn end(mut self, is_right: bool) {
        if is_right {
            *self.source = Source::known();
            return;
        }
        self.guess.fail();
        let now = self.failures.now();
        *self.source = self.source.failed(now);
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        *total = total.add(now);
    }
}

fn read(total: &Mutex<Count>) -> Count {
    *total.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A session has signed in before.
fn new(origin: Origin) -> Slot {
    let source = match origin {
        Origin::Address(_) => Source::default(),
        Origin::Session(_) => Source::known(),
    };
    Arc::new(tokio::sync::Mutex::new(source))
}

/// 429: the source has failed too often, and may try again after the wait.
fn refusal(wait: Duration) -> Problem {
    metrics::counter!("sign_ins_delayed_total").increment(1);
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let detail = "Too many attempts with a wrong password or secret came from your address; try again after \
        Retry-After seconds.";
    Problem {
        header: Some((RETRY_AFTER, HeaderValue::from(seconds))),
        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", detail)
    }
}
