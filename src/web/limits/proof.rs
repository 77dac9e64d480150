//! Requests of operations that need no token. Each is counted against its address until it proves who asks, and then
//! against the session or account that it is from. So nobody uses up what others at the same address need, and who knows
//! no secret uses up nobody's bucket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};

use super::{Charge, Client, Limits, Meter, limits, refused};
use crate::policy::{Bucket, Rule};
use crate::web::Problem;

/// What an address may send of what proves nothing: as much as of requests whose token does not count.
const UNPROVEN: Meter = Meter::Requests(Bucket::Rest);

/// What each session, client and user has of its own.
const PROVEN: Meter = Meter::Requests(Bucket::Login);

/// What a request was charged before it proved who asks.
#[derive(Clone)]
struct Unproven(Charge);

/// Charges a request to its address. It is not refused yet; returns whose concurrency it counts against.
pub(in crate::web) fn begin(rule: &Rule, request: &ServiceRequest) -> Result<(Bucket, Client), Problem> {
    let limits = limits(request)?;
    let address = Client::Address(limits.address(request.request()));
    let (charge, _) = limits.take(UNPROVEN, address.clone());
    let mut extensions = request.extensions_mut();
    extensions.insert(Unproven(charge.clone()));
    extensions.insert(charge);
    Ok((rule.bucket(false), address))
}

impl Limits {
    /// Refuses a request before its proof is looked at: if whom it claims to be from has asked too often, or if the
    /// address has sent too much that proved nothing. The latter stops nobody who proved to be the same before.
    pub fn admit(&self, request: &HttpRequest, claimed: &Client) -> Result<(), Problem> {
        if let Some(full_at) = self.full_at.get(&(PROVEN, claimed.clone())) {
            return self.probe(PROVEN, &full_at).map_err(|wait| {
                request.extensions_mut().insert(Charge { meter: PROVEN, full_at, is_taken: false });
                refused(Bucket::Login)(wait)
            });
        }
        match request.extensions().get::<Unproven>() {
            Some(Unproven(charge)) if !charge.is_taken => {
                let wait = self.probe(UNPROVEN, &charge.full_at).err().unwrap_or_default();
                Err(refused(Bucket::Rest)(wait))
            }
            _ => Ok(()),
        }
    }

    /// Charges a request to whom it proved to be from, and no longer to its address.
    pub fn prove(&self, request: &HttpRequest, client: Client) -> Result<(), Problem> {
        let mut extensions = request.extensions_mut();
        if let Some(Unproven(charge)) = extensions.remove::<Unproven>() {
            self.give_back(&charge);
        }
        let (charge, taken) = self.take(PROVEN, client);
        extensions.insert(charge);
        taken.map_err(refused(Bucket::Login))
    }

    /// Notes that a session has begun, so that its first refresh is known.
    pub fn note(&self, session: Client) {
        self.full_at(PROVEN, session);
    }

    /// Takes one of the failures that an address may have, before the attempt is checked; returns how long to wait where
    /// there is none. A source that has signed in before is never refused.
    pub fn guess(&self, request: &HttpRequest, is_known: bool) -> Result<Guess, Duration> {
        let (charge, taken) = self.take(Meter::Failures, Client::Address(self.address(request)));
        request.extensions_mut().insert(charge.clone());
        match taken {
            Err(wait) if !is_known => Err(Duration::from_nanos(wait)),
            _ => Ok(Guess {
                full_at: charge.full_at,
                cost: if charge.is_taken { self.failures.step } else { 0 },
            }),
        }
    }
}

/// A failure that an attempt took from its address. Dropping it gives it back.
pub struct Guess {
    full_at: Arc<AtomicU64>,
    cost: u64,
}

impl Guess {
    /// The attempt failed.
    pub fn fail(mut self) {
        self.cost = 0;
    }
}

impl Drop for Guess {
    fn drop(&mut self) {
        self.full_at.fetch_sub(self.cost, Ordering::Relaxed);
    }
}
