//! Concurrency limits: the number of requests of one caller that the server handles at the same
//! time, for each rate-limit bucket. Further requests of the caller wait in a queue for a bounded
//! time. Each caller has a separate queue.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Data};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Problem;
use super::file_response::Spools;
use super::limits::Client;
use crate::access::{Bucket, Rule};
use crate::db;

pub const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of requests of one caller that may wait in each rate-limit bucket.
pub const MAX_WAITING: usize = 64;

/// The queues of all callers, which all server threads share. A caller without a request in
/// progress has no queue.
pub struct Concurrency {
    limits: [usize; Bucket::ALL.len()],
    wait_timeout: Duration,
    queues: Mutex<HashMap<(Bucket, Client), Queue>>,
}

/// The running and waiting requests of one caller in one rate-limit bucket.
struct Queue {
    requests: usize,
    running: Arc<Semaphore>,
}

/// An entry in a caller's queue. Dropping the entry removes the request from the queue.
struct QueuePlace {
    concurrency: Data<Concurrency>,
    key: (Bucket, Client),
}

/// The permission to handle a request. Dropping the permission lets the caller's next request run.
pub struct Permit {
    _running: OwnedSemaphorePermit,
    place: QueuePlace,
}

impl Concurrency {
    /// Creates the limits. `limits` is the number of requests of one caller that run at the same
    /// time, in the order of [`Bucket::ALL`]. A further request waits for up to `wait_timeout`.
    pub fn new(limits: [usize; Bucket::ALL.len()], wait_timeout: Duration) -> Self {
        Self { limits, wait_timeout, queues: Mutex::default() }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<(Bucket, Client), Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of callers that have a request in progress. Counts a caller once for each
    /// rate-limit bucket.
    pub fn callers(&self) -> usize {
        self.queues().len()
    }
}

impl Permit {
    pub const fn bucket(&self) -> Bucket {
        self.place.key.0
    }
}

impl QueuePlace {
    /// Adds a request to a caller's queue. Returns `None` if the queue is full.
    fn enter(concurrency: &Data<Concurrency>, key: (Bucket, Client)) -> Option<(Self, Arc<Semaphore>)> {
        let limit = concurrency.limits[key.0 as usize];
        let mut queues = concurrency.queues();
        let queue = queues
            .entry(key.clone())
            .or_insert_with(|| Queue { requests: 0, running: Arc::new(Semaphore::new(limit)) });
        if queue.requests >= limit + MAX_WAITING {
            return None;
        }
        queue.requests += 1;
        Some((Self { concurrency: concurrency.clone(), key }, queue.running.clone()))
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        let mut queues = self.concurrency.queues();
        let Some(queue) = queues.get_mut(&self.key) else { return };
        queue.requests -= 1;
        if queue.requests == 0 {
            queues.remove(&self.key);
        }
    }
}

/// Waits until the caller may run another request. Fails with 429 if the caller's queue is full or
/// the wait takes too long.
pub async fn admit(request: &ServiceRequest, (bucket, client): (Bucket, Client)) -> Result<Permit, Problem> {
    let concurrency = request.app_data::<Data<Concurrency>>();
    let concurrency = concurrency.ok_or_else(|| Problem::internal("app_data has no Concurrency"))?;
    let entered = QueuePlace::enter(concurrency, (bucket, client));
    let (place, running) = entered.ok_or_else(|| too_many_at_once(bucket))?;
    match acquire(running, concurrency.wait_timeout).await {
        Some(running) => Ok(Permit { _running: running, place }),
        None => Err(too_many_at_once(bucket)),
    }
}

/// Returns a permit to handle a request. Returns `None` if no permit becomes free in time.
async fn acquire(permits: Arc<Semaphore>, wait_timeout: Duration) -> Option<OwnedSemaphorePermit> {
    timeout(wait_timeout, permits.acquire_owned()).await.ok()?.ok()
}

fn too_many_at_once(bucket: Bucket) -> Problem {
    crate::telemetry::counter!("http_requests_over_concurrency_total", "bucket" => bucket.as_str())
        .increment(1);
    Problem::too_many_at_once()
}

/// The limit for the number of exports that a server thread handles at the same time, for all
/// callers together. The limit is lower than the thread's number of connections.
pub struct Exports {
    running: Arc<Semaphore>,
    wait_timeout: Duration,
}

impl Exports {
    /// Allows exports for three quarters of a thread's connections, and at least one export. A
    /// further export waits for up to `wait_timeout`.
    pub fn new(connections: usize, wait_timeout: Duration) -> Self {
        Self { running: Arc::new(Semaphore::new((connections * 3 / 4).max(1))), wait_timeout }
    }
}

/// Returns whether a request counts as an export. A request with a body does not. An export
/// therefore never waits until another caller has sent a body.
pub fn is_export(request: &ServiceRequest, bucket: Bucket) -> bool {
    bucket == Bucket::Export && matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Waits until this server thread handles fewer exports than its limit. A request for a dataset
/// waits for up to the time limit of spool files.
pub async fn admit_export(
    rule: &Rule,
    is_export: bool,
    request: &ServiceRequest,
) -> Result<Option<OwnedSemaphorePermit>, Problem> {
    if !is_export {
        return Ok(None);
    }
    let exports =
        request.app_data::<Data<Exports>>().ok_or_else(|| Problem::internal("app_data has no Exports"))?;
    let spools = request.app_data::<Data<Spools>>().filter(|_| rule.access.takes_dataset_keys);
    let wait_timeout = spools.map_or(exports.wait_timeout, |spools| spools.wait_timeout());
    acquire(exports.running.clone(), wait_timeout).await.map(Some).ok_or_else(|| db::Error::Busy.into())
}

/// Attaches the permit of a request to its response body in memory. The caller's next request runs
/// after the server has sent the body or the client has disconnected. A body that the server reads
/// from a file keeps no permit.
pub fn with_permit(body: BoxBody, permit: Permit) -> BoxBody {
    match body.try_into_bytes() {
        Ok(body) if !body.is_empty() => BoxBody::new(BodyWithPermit { body, _permit: permit }),
        Ok(body) => BoxBody::new(body),
        Err(body) => body,
    }
}

struct BodyWithPermit {
    body: Bytes,
    _permit: Permit,
}

impl MessageBody for BodyWithPermit {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
