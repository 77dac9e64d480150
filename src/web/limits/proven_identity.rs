//! Rate limits of operations that need no token. A request counts against its client address until
//! the request proves its identity, and then against its session or account. Clients at the same
//! address therefore do not use up each other's requests. A client without a secret cannot use up
//! the bucket of another client.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};

use super::level::Level;
use super::{Charge, Client, Limits, Meter, limits, rate_limited};
use crate::access::{Bucket, Rule};
use crate::web::Problem;

/// The rate-limit bucket of a client address for requests that prove no identity, including
/// requests with an invalid token.
const UNPROVEN: Meter = Meter::Requests(Bucket::Rest);

const PROVEN: Meter = Meter::Requests(Bucket::Login);

/// The request that was counted against the client address before it proved its identity.
#[derive(Clone)]
struct Unproven(Charge);

/// Counts a request against its client address and does not yet refuse the request. Returns the
/// bucket and the client for the concurrency limit.
pub fn begin(rule: &Rule, request: &ServiceRequest) -> Result<(Bucket, Client), Problem> {
    let limits = limits(request)?;
    let address = Client::Address(limits.address(request.request()));
    let (charge, _) = limits.take(UNPROVEN, address.clone());
    let mut extensions = request.extensions_mut();
    extensions.insert(Unproven(charge.clone()));
    extensions.insert(charge);
    Ok((rule.access.bucket(false), address))
}

impl Limits {
    /// Fails with 429 before the credentials of a request are verified. `claimed` is the client
    /// that the request says it comes from. If the bucket of that client exists, only that bucket
    /// decides. Otherwise the request fails if the client address has sent too many requests that
    /// proved no identity.
    pub fn check_unproven(&self, request: &HttpRequest, claimed: Option<Client>) -> Result<(), Problem> {
        if let Some(level) = claimed.and_then(|client| self.levels.get(&(PROVEN, client))) {
            return self.probe(PROVEN, &level).map_err(|wait| {
                request.extensions_mut().insert(Charge { meter: PROVEN, level, is_taken: false });
                rate_limited(Bucket::Login)(wait)
            });
        }
        match request.extensions().get::<Unproven>() {
            Some(Unproven(charge)) if !charge.is_taken => {
                let wait = self.probe(UNPROVEN, &charge.level).err().unwrap_or_default();
                Err(rate_limited(Bucket::Rest)(wait))
            }
            _ => Ok(()),
        }
    }

    /// Counts a request against the client that it has proved to be, and no longer against the
    /// client address.
    pub fn charge_proven(&self, request: &HttpRequest, client: Client) -> Result<(), Problem> {
        let mut extensions = request.extensions_mut();
        if let Some(Unproven(charge)) = extensions.remove::<Unproven>() {
            self.refund(&charge);
        }
        let (charge, taken) = self.take(PROVEN, client);
        extensions.insert(charge);
        taken.map_err(rate_limited(Bucket::Login))
    }

    /// Creates the rate-limit bucket of a new session. The server then recognises the session's
    /// first refresh.
    pub fn create_bucket(&self, session: Client) {
        self.level(PROVEN, session);
    }

    /// Counts a failed attempt to sign in against the client address before the credentials are
    /// verified. After too many failed attempts, fails with the time to wait. If `is_known` is
    /// true, the source has signed in before and the function does not fail.
    pub fn charge_failure(&self, request: &HttpRequest, is_known: bool) -> Result<FailureCharge, Duration> {
        let (charge, taken) = self.take(Meter::Failures, Client::Address(self.address(request)));
        request.extensions_mut().insert(charge.clone());
        match taken {
            Err(wait) if !is_known => Err(Duration::from_nanos(wait)),
            _ => Ok(FailureCharge {
                level: charge.level,
                cost: if charge.is_taken { self.failures.step } else { 0 },
            }),
        }
    }
}

/// A failed attempt to sign in that is counted against the client address. Dropping the charge
/// undoes the count.
pub struct FailureCharge {
    level: Arc<Level>,
    cost: u64,
}

impl FailureCharge {
    /// Counts the attempt to sign in permanently, because the credentials were wrong.
    pub fn fail(mut self) {
        self.cost = 0;
    }
}

impl Drop for FailureCharge {
    fn drop(&mut self) {
        self.level.refund(self.cost);
    }
}
