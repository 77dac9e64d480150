//! The header `Outturn-Position`, with which a client reads its own writes. The response to a write
//! contains the position of the write in the database's log. A read that sends the position back
//! is served by the standby only if the standby has replayed it.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use quick_cache::sync::Cache;

use super::Caller;
use crate::db::standby::{NotAPosition, flushed_position};
use crate::db::{Pool, Position};
use crate::values::FieldError;

/// The name of the header in descriptions and error texts.
pub const NAME: &str = "Outturn-Position";

const HEADER: HeaderName = HeaderName::from_static("outturn-position");

/// Maximum number of callers whose last writes a server remembers.
const MAX_CALLERS: usize = 50_000;

/// The position of the last write of each caller at this server. The server applies it to the
/// caller's reads, so a client of one server needs no header.
pub struct LastWrites(Cache<String, Position>);

impl Default for LastWrites {
    fn default() -> Self {
        Self(Cache::new(MAX_CALLERS))
    }
}

/// Returns the position that a request sends. If it sends several, returns the latest.
fn sent(headers: &HeaderMap) -> Result<Option<Position>, NotAPosition> {
    let mut latest = None;
    for value in headers.get_all(HEADER) {
        let position: Position = value.to_str().map_err(|_| NotAPosition)?.trim().parse()?;
        latest = latest.max(Some(position));
    }
    Ok(latest)
}

/// Returns a field error if the header is malformed.
pub fn field_error(headers: &HeaderMap) -> Option<FieldError> {
    let detail = "The header must be the value of Outturn-Position in a response. Leave it out to read without waiting for a write.";
    sent(headers).is_err().then(|| FieldError::header(NAME, "bad_format", detail))
}

/// Returns the position of the last write that a request must read.
pub(super) fn written(request: &HttpRequest) -> Option<Position> {
    let sent = sent(request.headers()).ok().flatten();
    let last_writes = request.app_data::<Data<LastWrites>>();
    let remembered = || {
        let extensions = request.extensions();
        last_writes?.0.get(&extensions.get::<Caller>()?.identity())
    };
    sent.max(remembered())
}

/// Adds the position of the database's log to the response to a write, and remembers it for the
/// caller. Does nothing if no standby serves reads.
pub async fn record(response: &mut ServiceResponse<BoxBody>) {
    let request = response.request().clone();
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let pool = request.app_data::<Data<Pool>>().filter(|pool| pool.standby().is_some());
    let Some(pool) = pool.filter(|_| !is_read && response.status().is_success()) else { return };
    let position = current(pool).await;
    let caller = request.extensions().get::<Caller>().map(Caller::identity);
    if let (Some(last_writes), Some(caller)) = (request.app_data::<Data<LastWrites>>(), caller) {
        last_writes.0.insert(caller, position);
    }
    if let Ok(value) = HeaderValue::from_str(&position.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
}

/// Returns the current position of the primary. If it cannot be read, returns a position with which
/// the client reads from the primary, because the write has already been committed.
async fn current(pool: &Pool) -> Position {
    let position = match pool.get().await {
        Ok(mut conn) => flushed_position(&mut conn).await,
        Err(error) => Err(error),
    };
    position.unwrap_or_else(|error| {
        tracing::warn!(%error, "position of a write is unknown");
        Position::UNREACHABLE
    })
}
