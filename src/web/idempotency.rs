//! Idempotency-Key: a POST that is sent again under its key is answered as it was the first time, and does nothing.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use aws_lc_rs::digest;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use serde_json::Value;

use super::disclosure;
use super::reply::{self, Reply};
use super::{Caller, Versioned, Writer};
use crate::db;
use crate::db::answers::{self, Answer, Asked};
use crate::values::Fault;

/// The header, in small letters as HTTP knows it.
pub const NAME: &str = "idempotency-key";

/// The longest key.
pub const LONGEST: usize = 255;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A digest of the body of a request that sends a key.
#[derive(Clone)]
struct BodyDigest(digest::Digest);

/// Keeps what a body was, where a key asks for it: the same bytes are the same body.
pub(super) fn note_bytes(request: &HttpRequest, body: &[u8]) {
    if is_sent(request.headers()) {
        request.extensions_mut().insert(BodyDigest(digest::digest(&digest::SHA256, body)));
    }
}

/// Keeps what a JSON body was, where a key asks for it: equal values are the same body, whatever the order of
/// members, the white space, the escapes in texts, and however a number is written.
pub(super) fn note_json(request: &HttpRequest, body: &Value) {
    if is_sent(request.headers()) {
        let mut body = body.clone();
        body.sort_all_objects();
        note_bytes(request, body.to_string().as_bytes());
    }
}

/// The key a request sends, bare or in quotes; a fault if it is none, or more than one.
fn key(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let fault = |detail: &str| Fault::header("Idempotency-Key", "bad_format", detail);
    let mut sent = headers.get_all(NAME);
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(fault("One key is expected."));
    }
    let text = value.to_str().unwrap_or_default().trim();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let is_key = (1..=LONGEST).contains(&bare.len())
        && bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    is_key.then_some(Some(bare)).ok_or_else(|| {
        fault("A key is 1 to 255 visible ASCII characters without quotes and backslashes, bare or in quotes.")
    })
}

/// Whether a request sends a key at all.
pub(super) fn is_sent(headers: &HeaderMap) -> bool {
    headers.contains_key(NAME)
}

/// What is wrong with the key a request sends.
pub(super) fn fault(headers: &HeaderMap) -> Option<Fault> {
    key(headers).err()
}

/// Makes a row and answers 201 with it.
pub async fn created<T: Versioned>(
    request: &HttpRequest,
    writer: &Writer,
    make: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
) -> Reply {
    created_in(request, writer, request.path(), make).await
}

/// Makes a row of another collection than the one that was asked.
pub async fn created_in<T: Versioned>(
    request: &HttpRequest,
    writer: &Writer,
    collection: &str,
    make: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
) -> Reply {
    let answer =
        async |conn: &mut AsyncPgConnection| Ok((reply::made(collection, &make(conn).await?)?, true));
    answered(request, writer, answer).await
}

/// Does what makes no single row, and answers 200 with what it came to.
pub async fn done<T: Serialize>(
    request: &HttpRequest,
    writer: &Writer,
    act: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
) -> Reply {
    let answer = async |conn: &mut AsyncPgConnection| Ok((reply::told(&act(conn).await?)?, true));
    answered(request, writer, answer).await
}

/// Does what is asked and answers with what `make` says, and whether that is to be kept. Under a key the answer is kept
/// in the transaction of the effect, and sent again to whoever asks the same again; a request that failed leaves nothing,
/// and may be mended under its key. Nothing is written after the answer, so requests of one client that wait for each other
/// to keep theirs hold nothing that the other needs.
pub async fn answered(
    request: &HttpRequest,
    writer: &Writer,
    make: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<(Answer, bool), db::Error>,
) -> Reply {
    let caller = &writer.caller;
    let Ok(Some(key)) = key(request.headers()) else {
        let (answer, _) = writer.write(make).await?;
        return Ok(sent(request, answer, false));
    };
    let digest = asked(request, caller);
    let keeper = caller.keeper();
    let asked = Asked { client: &keeper, key, digest: digest.as_ref() };
    let work = async |conn: &mut AsyncPgConnection| {
        if let Some(answer) = answers::find(conn, asked).await? {
            return Ok((answer, true));
        }
        let (answer, is_kept) = make(conn).await?;
        if is_kept {
            answers::keep(conn, asked, &answer).await?;
        }
        Ok((answer, false))
    };
    let (answer, is_replayed) = writer.write(work).await?;
    Ok(sent(request, answer, is_replayed))
}

/// A digest of everything that makes two requests the same; whoever may do less or more asks something else.
fn asked(request: &HttpRequest, caller: &Caller) -> digest::Digest {
    let mut asked = digest::Context::new(&digest::SHA256);
    let rights = format!("{} {:?}", caller.role.as_str(), caller.councils);
    for part in [request.method().as_str(), request.path(), request.query_string(), &rights] {
        asked.update(part.as_bytes());
        asked.update(b"\n");
    }
    if let Some(BodyDigest(body)) = request.extensions().get::<BodyDigest>() {
        asked.update(body.as_ref());
    }
    asked.finish()
}

fn sent(request: &HttpRequest, answer: Answer, is_replayed: bool) -> HttpResponse {
    if answer.shows_a_name {
        let location = answer.location.as_deref().unwrap_or(request.path());
        let (resource, row) = location.rsplit_once('/').unwrap_or((location, ""));
        disclosure::note_rows(
            request,
            resource.trim_start_matches("/v1/"),
            row.parse().into_iter().collect(),
        );
    }
    let mut response = reply::kept(answer);
    if is_replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
