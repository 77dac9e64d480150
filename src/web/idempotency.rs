//! The header `Idempotency-Key`. A retry of a POST with the same key gets the stored response and
//! has no further effect.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use aws_lc_rs::digest;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use serde_json::Value;

use super::disclosure;
use super::reply::{self, Reply};
use super::{Caller, Problem, Versioned, Writer};
use crate::db::idempotency_store::{self, Answer, StoredRequest};
use crate::db::{self, TransactionEnd};
use crate::values::FieldError;

pub const NAME: &str = "idempotency-key";

pub const MAX_KEY_LENGTH: usize = 255;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The digest of a request's body. Exists only if the request has an idempotency key.
#[derive(Clone)]
struct BodyDigest(digest::Digest);

pub(super) fn store_body_digest(request: &HttpRequest, body: &[u8]) {
    if is_sent(request.headers()) {
        request.extensions_mut().insert(BodyDigest(digest::digest(&digest::SHA256, body)));
    }
}

/// Stores the digest of a JSON body if the request has an idempotency key. Two bodies with equal
/// JSON values have the same digest. White space, escapes, the order of members and the spelling of
/// numbers may differ.
pub(super) fn store_json_digest(request: &HttpRequest, body: &Value) {
    if is_sent(request.headers()) {
        let mut body = body.clone();
        body.sort_all_objects();
        store_body_digest(request, body.to_string().as_bytes());
    }
}

/// Returns the idempotency key of a request, without quotes. Fails if the key is malformed, or if
/// the request has several keys.
fn key(headers: &HeaderMap) -> Result<Option<&str>, FieldError> {
    let bad_format = |detail: &str| FieldError::header("Idempotency-Key", "bad_format", detail);
    let mut sent = headers.get_all(NAME);
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(bad_format("The header Idempotency-Key appears more than once. Send it once."));
    }
    let text = value.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let is_key = (1..=MAX_KEY_LENGTH).contains(&bare.len())
        && bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    is_key.then_some(Some(bare)).ok_or_else(|| {
        bad_format(
            "The key must be 1 to 255 visible ASCII characters without quotes and backslashes. It may be in quotes.",
        )
    })
}

pub(super) fn is_sent(headers: &HeaderMap) -> bool {
    headers.contains_key(NAME)
}

/// Returns a field error if the idempotency key is malformed or the request has several such keys.
pub fn key_error(headers: &HeaderMap) -> Option<FieldError> {
    key(headers).err()
}

pub enum Ending {
    /// Commits the writes and stores the response for the request's idempotency key.
    Commit(Answer),
    /// Rolls back the writes. The response is sent but not stored.
    Discard(Answer),
    /// Rolls back the writes and sends an error.
    Reject(Problem),
}

/// Creates a row and returns 201 with the row.
pub async fn created<T: Versioned>(
    request: &HttpRequest,
    writer: &Writer,
    make: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
) -> Reply {
    created_in(request, writer, request.path(), make).await
}

/// Creates a row and returns 201 with the row. `collection` is the path of the row's collection,
/// which is not the path of the request.
pub async fn created_in<T: Versioned>(
    request: &HttpRequest,
    writer: &Writer,
    collection: &str,
    make: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
) -> Reply {
    let work = async |conn: &mut AsyncPgConnection| {
        Ok(Ending::Commit(reply::created(collection, &make(conn).await?)?))
    };
    answered(request, writer, work).await
}

/// Runs an operation that does not create exactly one row. Returns 200 with the result.
pub async fn done<T: Serialize>(
    request: &HttpRequest,
    writer: &Writer,
    act: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
) -> Reply {
    let work = async |conn: &mut AsyncPgConnection| Ok(Ending::Commit(reply::result(&act(conn).await?)?));
    answered(request, writer, work).await
}

/// Runs an operation and returns its response. If the request has an idempotency key, the
/// transaction of the operation also stores the response. A retry of the same request then gets the
/// stored response. A failed request stores nothing, so the client may correct the request and use
/// the key again.
///
/// Storing the response is the last write of the transaction. Transactions that wait to store a
/// response therefore hold no lock that another of them still needs.
pub async fn answered(
    request: &HttpRequest,
    writer: &Writer,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<Ending, db::Error>,
) -> Reply {
    let caller = &writer.caller;
    let key = key(request.headers()).ok().flatten();
    let identified = key.map(|key| (key, caller.identity(), request_digest(request, caller)));
    let stored_request = identified.as_ref().map(|(key, client, digest)| StoredRequest {
        client,
        key,
        digest: digest.as_ref(),
    });
    let work = async |conn: &mut AsyncPgConnection| {
        if let Some(stored_request) = stored_request
            && let Some(answer) = idempotency_store::find(conn, stored_request).await?
        {
            return Ok(TransactionEnd::Commit(Ok((answer, true))));
        }
        let ending = work(conn).await?;
        if let (Some(stored_request), Ending::Commit(answer)) = (stored_request, &ending) {
            idempotency_store::store(conn, stored_request, answer).await?;
        }
        Ok(match ending {
            Ending::Commit(answer) => TransactionEnd::Commit(Ok((answer, false))),
            Ending::Discard(answer) => TransactionEnd::Rollback(Ok((answer, false))),
            Ending::Reject(problem) => TransactionEnd::Rollback(Err(problem)),
        })
    };
    let (answer, is_replayed) = writer.write_and_end(work).await??;
    Ok(response(request, answer, is_replayed))
}

/// Returns a digest of the method, path, query, body and the caller's rights. Requests with the
/// same digest are the same request.
fn request_digest(request: &HttpRequest, caller: &Caller) -> digest::Digest {
    let mut digest = digest::Context::new(&digest::SHA256);
    let rights = format!("{} {:?}", caller.role.as_str(), caller.councils);
    for part in [request.method().as_str(), request.path(), request.query_string(), &rights] {
        digest.update(part.as_bytes());
        digest.update(b"\n");
    }
    if let Some(BodyDigest(body)) = request.extensions().get::<BodyDigest>() {
        digest.update(body.as_ref());
    }
    digest.finish()
}

fn response(request: &HttpRequest, answer: Answer, is_replayed: bool) -> HttpResponse {
    if answer.shows_a_name {
        let location = answer.location.as_deref().unwrap_or(request.path());
        let (resource, row) = location.rsplit_once('/').unwrap_or((location, ""));
        disclosure::set_row_ids(
            request,
            resource.trim_start_matches("/v1/"),
            row.parse().into_iter().collect(),
        );
    }
    let mut response = reply::stored(answer);
    if is_replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
