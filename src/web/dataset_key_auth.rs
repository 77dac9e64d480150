//! Dataset keys over Basic authentication (RFC 7617). The user name is the key's id, the password
//! its secret.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::jwt::TokenKind;
use super::limits::Client;
use super::{Caller, CallerKind, Problem, limits, writer};
use crate::db::{self, ActorKind, Pool};
use crate::policy::{Role, Rule};
use crate::values::Day;

/// The dataset key that a request sends, before it is verified.
pub(super) struct Shown {
    id: Uuid,
    secret_hash: Vec<u8>,
}

/// Hashes a secret for storage. A secret has 256 random bits, so nobody can find it by trying.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// Parses the dataset key of a request, if the operation accepts dataset keys. Malformed credentials
/// match no key.
pub(super) fn shown(rule: &Rule, headers: &HeaderMap) -> Option<Shown> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, pair) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || !rule.access.takes_dataset_keys {
        return None;
    }
    let pair = STANDARD.decode(pair.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
    let (id, secret) = pair.as_deref().and_then(|pair| pair.split_once(':')).unwrap_or_default();
    Some(Shown { id: id.parse().unwrap_or_default(), secret_hash: secret_hash(secret) })
}

/// Returns the caller of a valid key, with the role reporter, and records the day of use. If the
/// address has been refused too often, the request is refused without a lookup. This does not apply
/// to keys that were found recently, so wrong keys of other clients do not block them.
pub(super) async fn holder(
    key: &Shown,
    rule: &Rule,
    request: &ServiceRequest,
    pool: &Pool,
) -> Result<Option<Caller>, Problem> {
    let subject = format!("dataset-key:{}", key.id);
    limits::check_address(rule, request, &Client::Subject(subject.clone()))?;
    let today = Day::today();
    let Some(standing) =
        db::dataset_keys::standing(&mut *pool.get().await?, key.id, &key.secret_hash, today).await?
    else {
        return Ok(None);
    };
    if !standing.is_noted {
        let actor = writer::actor(request.request(), ActorKind::Client, None, subject.clone());
        pool.write(&actor, async |conn| db::dataset_keys::note_use(conn, key.id, today).await).await?;
    }
    Ok(Some(Caller {
        subject,
        role: Role::Reporter,
        councils: Vec::new(),
        kind: CallerKind::Client,
        account: None,
        session: None,
        system: None,
        expires_at: i64::MAX,
    }))
}

/// Logs that the key is not valid, and returns a 401.
pub(super) fn refused() -> Problem {
    TokenKind::DatasetKey.log_refusal("no such key, another secret, or it has ended");
    Problem::unauthenticated("")
}

/// Offers Basic beside Bearer, so that a program without support for tokens asks its user for a
/// key.
pub(super) fn offer(headers: &mut HeaderMap) {
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"outturn\", charset=\"UTF-8\""));
}
