//! Concurrency limits: how many requests of one caller the server works on at once, for each bucket of the rate limits.
//! Further requests of that caller wait in a queue of their own, for a bounded time; other callers do not wait for them.

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
use super::limits::Client;
use super::spool::Spools;
use crate::db;
use crate::policy::{self, Bucket, Rule};

/// How long a request of a running server waits in a queue before it is refused.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How many requests of one caller may wait in each bucket.
pub const MOST_WAITING: usize = 64;

/// The requests of all callers, for all server threads. Only callers with a request in progress take memory.
pub struct Concurrency {
    limits: [usize; Bucket::ALL.len()],
    longest_wait: Duration,
    queues: Mutex<HashMap<(Bucket, Client), Queue>>,
}

/// One caller's requests of one bucket.
struct Queue {
    /// How many run or wait.
    requests: usize,
    running: Arc<Semaphore>,
}

/// A request that is counted in its caller's queue; dropping it removes it.
struct Place {
    concurrency: Data<Concurrency>,
    key: (Bucket, Client),
}

/// The permission to work on a request; dropping it lets the caller's next request run.
pub struct Permit {
    _running: OwnedSemaphorePermit,
    place: Place,
}

impl Concurrency {
    /// So many requests of one caller run at once, in the order of [`Bucket::ALL`]; a further one waits for `longest_wait`.
    pub fn new(limits: [usize; Bucket::ALL.len()], longest_wait: Duration) -> Self {
        Self { limits, longest_wait, queues: Mutex::default() }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<(Bucket, Client), Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many queues of callers exist.
    pub fn callers(&self) -> usize {
        self.queues().len()
    }
}

impl Permit {
    /// The bucket that the request counts against.
    pub(super) const fn bucket(&self) -> Bucket {
        self.place.key.0
    }
}

impl Place {
    /// Enters the queue of a caller, unless it is full.
    fn enter(concurrency: &Data<Concurrency>, key: (Bucket, Client)) -> Option<(Self, Arc<Semaphore>)> {
        let limit = concurrency.limits[key.0 as usize];
        let mut queues = concurrency.queues();
        let queue = queues
            .entry(key.clone())
            .or_insert_with(|| Queue { requests: 0, running: Arc::new(Semaphore::new(limit)) });
        if queue.requests >= limit + MOST_WAITING {
            return None;
        }
        queue.requests += 1;
        Some((Self { concurrency: concurrency.clone(), key }, queue.running.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.concurrency.queues();
        let Some(queue) = queues.get_mut(&self.key) else { return };
        queue.requests -= 1;
        if queue.requests == 0 {
            queues.remove(&self.key);
        }
    }
}

/// Waits until fewer requests of this caller run than may; refuses where that takes too long or too many wait already.
pub(super) async fn admit(
    request: &ServiceRequest,
    (bucket, client): (Bucket, Client),
) -> Result<Permit, Problem> {
    let concurrency = request.app_data::<Data<Concurrency>>();
    let concurrency = concurrency.ok_or_else(|| Problem::internal("no concurrency limits"))?;
    let entered = Place::enter(concurrency, (bucket, client));
    let (place, running) = entered.ok_or_else(|| too_many_at_once(bucket))?;
    match waited(running, concurrency.longest_wait).await {
        Some(running) => Ok(Permit { _running: running, place }),
        None => Err(too_many_at_once(bucket)),
    }
}

/// A permit, if there is one in time.
async fn waited(permits: Arc<Semaphore>, longest: Duration) -> Option<OwnedSemaphorePermit> {
    timeout(longest, permits.acquire_owned()).await.ok()?.ok()
}

fn too_many_at_once(bucket: Bucket) -> Problem {
    metrics::counter!("http_requests_over_concurrency_total", "bucket" => bucket.as_str()).increment(1);
    Problem::too_many_at_once()
}

/// How many exports, of all callers, a server thread works on at once: fewer than it has connections.
pub struct Exports {
    running: Arc<Semaphore>,
    longest_wait: Duration,
}

impl Exports {
    /// Three quarters of a thread's connections, and at least one; a further export waits for `longest_wait`.
    pub fn new(connections: usize, longest_wait: Duration) -> Self {
        Self { running: Arc::new(Semaphore::new((connections * 3 / 4).max(1))), longest_wait }
    }
}

/// Whether a request reads an export. A request with a body does not count, so that no export waits for the body of another
/// caller.
pub(super) fn is_export(request: &ServiceRequest, bucket: Bucket) -> bool {
    bucket == Bucket::Export && matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Waits until this thread works on fewer exports than its limit. A dataset waits as long as for its turn to be written.
pub(super) async fn admit_export(
    rule: &Rule,
    is_export: bool,
    request: &ServiceRequest,
) -> Result<Option<OwnedSemaphorePermit>, Problem> {
    if !is_export {
        return Ok(None);
    }
    let exports = request.app_data::<Data<Exports>>().ok_or_else(|| Problem::internal("no exports"))?;
    let spools = request.app_data::<Data<Spools>>().filter(|_| policy::takes_report_keys(rule.operation));
    let longest = spools.map_or(exports.longest_wait, |spools| spools.longest_wait());
    waited(exports.running.clone(), longest).await.map(Some).ok_or_else(|| db::Error::Busy.into())
}

/// A body in memory with the permit of its request: the caller's next request runs when it is sent, or the client is gone.
/// A body that is read from a file holds no permit.
pub(super) fn hold(body: BoxBody, permit: Permit) -> BoxBody {
    match body.try_into_bytes() {
        Ok(body) if !body.is_empty() => BoxBody::new(Held { body, _permit: permit }),
        Ok(body) => BoxBody::new(body),
        Err(body) => body,
    }
}

struct Held {
    body: Bytes,
    _permit: Permit,
}

impl MessageBody for Held {
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
