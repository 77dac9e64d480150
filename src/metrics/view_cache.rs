//! The view cache: responses of derived views that the server keeps in memory. A kept response is
//! sent again only if no record from which figures are derived has changed since.
//!
//! A response is kept with the snapshot from which it was derived. Before the server sends it again,
//! one statement checks whether the change log has a later line for one of [`SOURCE_RESOURCES`].
//! The check reads the database after the request has arrived, so a client never gets a response
//! that is older than a committed write, whichever server made the write. If the standby serves the
//! request, the check reads the standby, and the response is as recent as the standby.

use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use diesel_async::AsyncPgConnection;

use super::bounded_cache::{self, BoundedCache, Size};
use super::derived_metrics::look_back_to;
use super::fact_cache::{FactCache, FactLoader};
use super::facts::SOURCE_RESOURCES;
use super::model::Moment;
use crate::db::snapshot::{self, Now};
use crate::db::{self, Error};
use crate::values::Day;
use crate::web::reply::Rendered;
use crate::web::response_coding::CompressedBody;
use crate::web::{Problem, ReadPool, Reply};

/// What a request asks for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    /// The path with the query.
    path: String,
    /// The date of the figures.
    as_at: Day,
    /// Whether the standby is read. Snapshots of the standby and of the primary cannot be compared.
    uses_standby: bool,
}

/// Approximate size of an entry without its path and body, in bytes.
const ENTRY_BYTES: usize = 512;

/// Approximate size of a response, from which the number of entries is estimated.
const TYPICAL_BODY_BYTES: usize = 16 << 10;

struct KeptView {
    rendered: Rendered,
    compressed: CompressedBody,
    /// The latest snapshot for which the response is known to be current.
    current_at: Mutex<Now>,
}

impl KeptView {
    fn new(rendered: Rendered, now: Now) -> Self {
        Self { rendered, compressed: CompressedBody::default(), current_at: Mutex::new(now) }
    }

    async fn reply(&self, request: &HttpRequest) -> HttpResponse {
        self.rendered.reply_compressed(request, &self.compressed).await
    }

    /// Returns whether no record has changed since the response was derived.
    async fn is_current(&self, conn: &mut AsyncPgConnection) -> Result<bool, Error> {
        let known = self.current_at.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = known.if_unchanged(conn, SOURCE_RESOURCES).await?;
        let is_current = now.is_some();
        if let Some(now) = now {
            let mut current_at = self.current_at.lock().unwrap_or_else(PoisonError::into_inner);
            if current_at.snapshot.is_reached_by(&now.snapshot) {
                *current_at = now;
            }
        }
        Ok(is_current)
    }
}

impl Size for Question {
    fn size(&self) -> usize {
        self.path.len()
    }
}

impl Size for Arc<KeptView> {
    fn size(&self) -> usize {
        // The compressed forms take up to a quarter of the body.
        ENTRY_BYTES + self.rendered.size() * 5 / 4
    }
}

/// The responses that a server keeps, and the facts from which they were derived. All threads of
/// the server share it.
pub struct ViewCache {
    responses: BoundedCache<Question, Arc<KeptView>>,
    facts: FactCache,
}

impl ViewCache {
    /// Creates a cache that uses at most about this memory, in bytes: one half for responses and
    /// one half for facts. A cache of 0 bytes keeps nothing.
    pub fn new(bytes: usize) -> Result<Self, String> {
        let bytes = bytes / 2;
        Ok(Self {
            responses: bounded_cache::create(bytes, TYPICAL_BODY_BYTES)?,
            facts: FactCache::new(bytes)?,
        })
    }
}

/// Responds to a request with a derived view. The view must depend on the path, the query, the
/// moment and the records of [`SOURCE_RESOURCES`] only, and not on the caller.
pub struct Views {
    request: HttpRequest,
    pool: ReadPool,
    cache: Data<ViewCache>,
}

impl FromRequest for Views {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let cache = request.app_data::<Data<ViewCache>>().cloned();
        let cache = cache.ok_or_else(|| Problem::internal("the application has no view cache"));
        ready(
            ReadPool::from_request(request, payload)
                .into_inner()
                .and_then(|pool| Ok(Self { request: request.clone(), pool, cache: cache? })),
        )
    }
}

impl Views {
    /// Returns the kept response if it is current. Otherwise loads the view in one snapshot and
    /// renders it. `load` reads the current records, or the records at `moment.known_at`.
    /// Simultaneous requests for the same view wait for one of them to load it.
    pub async fn reply<T>(
        &self,
        moment: Moment,
        load: impl AsyncFnOnce(&mut FactLoader<'_>) -> Result<T, Error>,
        render: impl FnOnce(T) -> Result<Rendered, Problem>,
    ) -> Reply {
        let path = self.request.uri().path_and_query().map_or("", |path| path.as_str()).to_owned();
        let question = Question { path, as_at: moment.as_at, uses_standby: self.pool.uses_standby() };
        let cache = &self.cache.responses;
        loop {
            match cache.get_value_or_guard_async(&question).await {
                Ok(kept) => {
                    if kept.is_current(&mut *self.pool.get().await?).await? {
                        return Ok(kept.reply(&self.request).await);
                    }
                    cache.remove_if(&question, |current| Arc::ptr_eq(current, &kept));
                }
                Err(place) => {
                    let (now, view) = self.load(moment, load).await?;
                    let kept = Arc::new(KeptView::new(render(view)?, now));
                    let _ = place.insert(Arc::clone(&kept));
                    return Ok(kept.reply(&self.request).await);
                }
            }
        }
    }

    async fn load<T>(
        &self,
        moment: Moment,
        load: impl AsyncFnOnce(&mut FactLoader<'_>) -> Result<T, Error>,
    ) -> Result<(Now, T), Error> {
        let conn = &mut self.pool.get().await?;
        db::in_snapshot(conn, async |conn| {
            let now = snapshot::now(conn, true).await?;
            look_back_to(conn, moment).await?;
            let mut loader = match moment.known_at {
                None => FactLoader::with_cache(conn, &self.cache.facts, now.clone()),
                Some(_) => FactLoader::new(conn),
            };
            Ok((now, load(&mut loader).await?))
        })
        .await
    }
}
