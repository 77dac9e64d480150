//! The published keys of an identity provider (RFC 7517).

use std::collections::HashMap;
use std::time::Instant;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

const MAX_KEYS: usize = 100;

/// The key set that an identity provider publishes. Each key is parsed separately, so an unknown
/// type of key does not affect the other keys.
#[derive(Deserialize)]
pub(super) struct Published {
    keys: Vec<Value>,
}

/// A public key and the only algorithm for which it is used (RFC 8725, section 3.1).
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) public: DecodingKey,
}

/// The public keys of an issuer by key id, and the time at which they were fetched.
pub(super) struct Keys {
    by_id: HashMap<String, Key>,
    pub(super) fetched_at: Instant,
}

impl Keys {
    /// Returns those published keys that verify tokens of this issuer.
    pub(super) fn new(published: Published, issuer: &str) -> Self {
        let of_issuer = published.keys.into_iter().take(MAX_KEYS).filter(|key| is_of(key, issuer));
        Self { by_id: of_issuer.filter_map(key).collect(), fetched_at: Instant::now() }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.by_id.get(id)
    }
}

/// Returns whether a published key is for tokens of this issuer. Each key of Entra states an
/// issuer, which is one tenant or a pattern for all tenants (`{tenantid}`).
fn is_of(key: &Value, issuer: &str) -> bool {
    match key.get("issuer").and_then(Value::as_str) {
        None => true,
        Some(named) => match named.split_once("{tenantid}") {
            Some((before, after)) => issuer.starts_with(before) && issuer.ends_with(after),
            None => named == issuer,
        },
    }
}

/// Parses a public key for RS256 or ES256. Returns `None` for all other keys. Entra's keys have no
/// `alg`.
fn key(value: Value) -> Option<(String, Key)> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let (algorithm, expected) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let is_meant = common.public_key_use == Some(PublicKeyUse::Signature)
        && common.key_algorithm.is_none_or(|declared| declared == expected);
    let public = DecodingKey::from_jwk(&jwk).ok().filter(|_| is_meant)?;
    Some((jwk.common.key_id?, Key { algorithm, public }))
}
