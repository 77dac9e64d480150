//! Requests of operations that need no token. Each request counts against its address until it
//! proves its identity, and then against its session or account. So no client uses up the requests
//! of others at the same address. A client without a secret uses up no other client's bucket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};

use super::{Charge, Client, Limits, Meter, limits, rate_limited};
use crate::policy::{Bucket, Rule};
use crate::web::Problem;

/// The bucket of an address for requests that prove no identity. Requests with an invalid token
/// count against it, too.
const UNPROVEN: Meter = Meter::Requests(Bucket::Rest);

/// The bucket of a session, client or user.
const PROVEN: Meter = Meter::Requests(Bucket::Login);

/// The charge of a request before it proves its identity.
#[derive(Clone)]
struct Unproven(Charge);

/// Charges a request to its address, without refusing it yet. Returns the bucket and the client for
/// the concurrency limit.
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
    /// Refuses a request before its proof is checked, for one of two reasons. The client that it
    /// claims to be, if that client exists, has sent too many requests. Or the address has sent too
    /// many requests that proved no identity. The second reason does not apply to a client that has
    /// proved its identity before.
    pub fn check_unproven(&self, request: &HttpRequest, claimed: Option<Client>) -> Result<(), Problem> {
        if let Some(full_at) = claimed.and_then(|client| self.full_at.get(&(PROVEN, client))) {
            return self.probe(PROVEN, &full_at).map_err(|wait| {
                request.extensions_mut().insert(Charge { meter: PROVEN, full_at, is_taken: false });
                rate_limited(Bucket::Login)(wait)
            });
        }
        match request.extensions().get::<Unproven>() {
            Some(Unproven(charge)) if !charge.is_taken => {
                let wait = self.probe(UNPROVEN, &charge.full_at).err().unwrap_or_default();
                Err(rate_limited(Bucket::Rest)(wait))
            }
            _ => Ok(()),
        }
    }

    /// Charges a request to the client that it proved to be, and no longer to its address.
    pub fn charge_proven(&self, request: &HttpRequest, client: Client) -> Result<(), Problem> {
        let mut extensions = request.extensions_mut();
        if let Some(Unproven(charge)) = extensions.remove::<Unproven>() {
            self.refund(&charge);
        }
        let (charge, taken) = self.take(PROVEN, client);
        extensions.insert(charge);
        taken.map_err(rate_limited(Bucket::Login))
    }

    /// Creates the bucket of a session that has begun, so that its first refresh is known.
    pub fn create_bucket(&self, session: Client) {
        self.full_at(PROVEN, session);
    }

    /// Takes one failure from the address's bucket before the attempt is checked. If the bucket is
    /// empty, returns how long to wait. A source that has signed in before (`is_known`) is never
    /// refused.
    pub fn charge_failure(&self, request: &HttpRequest, is_known: bool) -> Result<FailureCharge, Duration> {
        let (charge, taken) = self.take(Meter::Failures, Client::Address(self.address(request)));
        request.extensions_mut().insert(charge.clone());
        match taken {
            Err(wait) if !is_known => Err(Duration::from_nanos(wait)),
            _ => Ok(FailureCharge {
                full_at: charge.full_at,
                cost: if charge.is_taken { self.failures.step } else { 0 },
            }),
        }
    }
}

/// A failure that an attempt took from its address's bucket. Dropping it refunds the failure.
pub struct FailureCharge {
    full_at: Arc<AtomicU64>,
    cost: u64,
}

impl FailureCharge {
    /// Keeps the failure in the count, because the attempt failed.
    pub fn fail(mut self) {
        self.cost = 0;
    }
}

impl Drop for FailureCharge {
    fn drop(&mut self) {
        self.full_at.fetch_sub(self.cost, Ordering::Relaxed);
    }
}
