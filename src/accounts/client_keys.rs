//! A client's public keys as a JSON Web Key Set (RFC 7517). They verify the client's assertions.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::ValidationError;

use crate::values::{RuleErrors, jsonb, text_enum};

/// The smallest accepted RSA key, in bits.
const MIN_RSA_BITS: usize = 2048;

text_enum! {
    /// The type of a public key.
    pub enum KeyType {
        /// An Ed25519 key.
        Okp = "OKP",
        /// A P-256 key.
        Ec = "EC",
        /// An RSA key of 2048 to 4096 bits.
        Rsa = "RSA",
    }
}

text_enum! {
    /// The curve of a public key.
    pub enum Curve {
        /// The Ed25519 curve, for keys of type OKP.
        Ed25519 = "Ed25519",
        /// The P-256 curve, for keys of type EC.
        P256 = "P-256",
    }
}

text_enum! {
    /// The algorithm with which a key signs. Each key type has one algorithm.
    pub enum SigningAlgorithm {
        /// The signature algorithm of keys of type OKP.
        EdDsa = "EdDSA",
        /// The signature algorithm of keys of type EC.
        Es256 = "ES256",
        /// The signature algorithm of keys of type RSA.
        Rs256 = "RS256",
    }
}

/// A client's public key. A key with members of a private key is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// The type of the key: Ed25519 (`crv`, `x`), P-256 (`crv`, `x`, `y`) or RSA (`n`, `e`).
    pub kty: KeyType,
    /// The name of the key, which the header of an assertion may contain.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]+$", example = "2026-11")]
    pub kid: String,
    /// The algorithm with which the key signs; optional.
    pub alg: Option<SigningAlgorithm>,
    /// The use of the key; optional. The only allowed value is `sig`.
    #[serde(rename = "use")]
    #[schema(min_length = 3, max_length = 3, pattern = "^sig$", example = "sig")]
    pub use_: Option<String>,
    /// The curve, if the key type is Ed25519 or P-256.
    pub crv: Option<Curve>,
    /// The public key, if the key type is Ed25519. The x coordinate of the public key, if the curve
    /// is P-256.
    #[schema(
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    )]
    pub x: Option<String>,
    /// The y coordinate of the public key, if the curve is P-256.
    #[schema(min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]+$")]
    pub y: Option<String>,
    /// The modulus of an RSA key.
    #[schema(min_length = 342, max_length = 683, pattern = "^[A-Za-z0-9_-]+$")]
    pub n: Option<String>,
    /// The exponent of an RSA key, which must be 65537.
    #[schema(min_length = 4, max_length = 4, pattern = "^AQAB$")]
    pub e: Option<String>,
}

jsonb! {
    /// A client's public keys. A client has one key, or two keys during a rotation.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({ "keys": [{ "kty": "OKP", "kid": "2026-11", "alg": "EdDSA", "use": "sig",
        "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "y": null, "n": null, "e": null }] }))]
    pub struct PublicKeys {
        /// The public keys of the client.
        #[schema(max_items = 2)]
        pub keys: Vec<PublicKey>,
    }
}

impl PublicKeys {
    /// Returns the client's public keys for this signature algorithm. If `kid` is given, returns
    /// only the key with this name.
    pub fn matching(&self, algorithm: Algorithm, kid: Option<&str>) -> impl Iterator<Item = DecodingKey> {
        let named = self.keys.iter().filter(move |key| kid.is_none_or(|kid| kid == key.kid));
        named.filter_map(PublicKey::read).filter(move |(known, _)| *known == algorithm).map(|(_, key)| key)
    }
}

impl PublicKey {
    /// Returns the public key with its algorithm. Returns `None` if the key is malformed or too
    /// weak.
    fn read(&self) -> Option<(Algorithm, DecodingKey)> {
        let jwk: Jwk = serde_json::from_value(serde_json::to_value(self).ok()?).ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let (algorithm, is_valid) = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(pair) => {
                (Algorithm::EdDSA, pair.curve == EllipticCurve::Ed25519 && is_point(&ED25519, &key))
            }
            AlgorithmParameters::EllipticCurve(point) => {
                let is_valid = point.curve == EllipticCurve::P256 && is_point(&ECDSA_P256_SHA256_FIXED, &key);
                (Algorithm::ES256, is_valid)
            }
            AlgorithmParameters::RSA(rsa) => (Algorithm::RS256, bits(&rsa.n) >= MIN_RSA_BITS),
            _ => return None,
        };
        let is_of_its_algorithm =
            jwk.common.key_algorithm.is_none_or(|said| said == KeyAlgorithm::from(algorithm));
        (is_valid && is_of_its_algorithm).then_some((algorithm, key))
    }
}

fn is_point(algorithm: &'static dyn VerificationAlgorithm, key: &DecodingKey) -> bool {
    key.try_get_as_bytes().is_ok_and(|bytes| ParsedPublicKey::new(algorithm, bytes).is_ok())
}

/// Returns the number of bits of a big-endian number in base64url. Leading zero bits do not count.
fn bits(number: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros).map_or(0, |first| (bytes.len() - zeros) * 8 - first.leading_zeros() as usize)
}

pub fn are_sound(set: &PublicKeys) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    for (i, key) in set.keys.iter().enumerate() {
        if key.read().is_none() {
            let detail = "This is not a valid public key of the type in `kty`. Send an Ed25519 key, a P-256 key, or an RSA key of 2048 bits or more.";
            errors.add(format!("/keys/{i}"), "not_a_key", detail);
        }
        if set.keys[..i].iter().any(|other| other.kid == key.kid) {
            errors.add(format!("/keys/{i}/kid"), "duplicate", "Another key of the list has this `kid`.");
        }
    }
    errors.into_result()
}
