//! Authenticates dataset keys in HTTP Basic authentication (RFC 7617). The user name is the id of
//! the key, and the password is the secret.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::jwt::TokenKind;
use super::queries;
use crate::access::{Role, Rule};
use crate::db::{ActorKind, Pool};
use crate::values::Day;
use crate::web::limits::{self, Client};
use crate::web::{Caller, CallerKind, Problem, writer};

/// Hashes the secret of a dataset key for storage. The secret has 256 random bits, so a fast hash
/// without salt is sufficient.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// Returns whether the operation accepts dataset keys and the request uses Basic authentication.
pub(super) fn is_sent(rule: &Rule, headers: &HeaderMap) -> bool {
    rule.access.takes_dataset_keys && credentials(headers).is_some()
}

/// Returns the credentials that follow the scheme `Basic` in the `Authorization` header.
fn credentials(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then_some(credentials)
}

/// Returns the id of the dataset key and the hash of its secret. Returns `None` for malformed
/// credentials.
fn parse(headers: &HeaderMap) -> Option<(Uuid, Vec<u8>)> {
    let pair = STANDARD.decode(credentials(headers)?.trim()).ok()?;
    let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some((id.parse().ok()?, secret_hash(secret)))
}

/// Verifies a dataset key and records the day of use. Returns a caller with the role `reporter`.
/// After too many wrong keys from a client address, requests from the address fail before the
/// lookup. Keys that were verified recently are exempt, so wrong keys of other clients at the same
/// address do not block them.
pub(super) async fn verify(rule: &Rule, request: &ServiceRequest, pool: &Pool) -> Result<Caller, Problem> {
    let key = parse(request.headers()).map(|(id, hash)| (id, hash, format!("dataset-key:{id}")));
    let client = key.as_ref().map(|(_, _, subject)| Client::Subject(subject.clone()));
    limits::check_address(rule, request, client)?;
    let (id, secret_hash, subject) = key.ok_or_else(refused)?;
    let today = Day::today();
    let valid = queries::valid_dataset_key(&mut *pool.get().await?, id, &secret_hash, today).await?;
    if !valid.ok_or_else(refused)?.is_use_recorded {
        let actor = writer::actor(request.request(), ActorKind::Client, None, subject.clone());
        pool.write(&actor, async |conn| queries::record_use(conn, id, today).await).await?;
    }
    Ok(Caller {
        subject,
        role: Role::Reporter,
        councils: Vec::new(),
        kind: CallerKind::Client,
        account: None,
        session: None,
        system: None,
        expires_at: i64::MAX,
    })
}

/// Logs that the dataset key is invalid and creates the 401.
fn refused() -> Problem {
    TokenKind::DatasetKey.log_refusal("malformed, unknown, expired or revoked key, or wrong secret");
    Problem::unauthenticated("")
}

/// Adds Basic to the authentication schemes of a 401, so that a program without support for tokens
/// asks its user for a key.
pub(super) fn offer_basic(headers: &mut HeaderMap) {
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"outturn\", charset=\"UTF-8\""));
}
