//! A client's public keys, as a JSON Web Key Set (RFC 7517), by which its assertions are known.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::ValidationError;

use crate::values::{Findings, jsonb, text_enum};

/// The weakest RSA key, in bits.
const LEAST_BITS: usize = 2048;

text_enum! {
    /// The family of a key.
    pub enum KeyType {
        /// Ed25519.
        Okp = "OKP",
        /// P-256.
        Ec = "EC",
        /// RSA, of 2048 to 4096 bits.
        Rsa = "RSA",
    }
}

text_enum! {
    /// The curve of a key.
    pub enum Curve {
        /// Of a key of type OKP.
        Ed25519 = "Ed25519",
        /// Of a key of type EC.
        P256 = "P-256",
    }
}

text_enum! {
    /// The one algorithm that a key signs with; each type has one.
    pub enum SigningAlgorithm {
        /// Of a key of type OKP.
        EdDsa = "EdDSA",
        /// Of a key of type EC.
        Es256 = "ES256",
        /// Of a key of type RSA.
        Rs256 = "RS256",
    }
}

/// A public key. What belongs to a private one is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// What kind of key it is: Ed25519 (`crv`, `x`), P-256 (`crv`, `x`, `y`) or RSA (`n`, `e`).
    pub kty: KeyType,
    /// Its name, which an assertion's header may say.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]+$", example = "2026-11")]
    pub kid: String,
    /// The algorithm, if said.
    pub alg: Option<SigningAlgorithm>,
    /// What it is for, if said: `sig`.
    #[serde(rename = "use")]
    #[schema(min_length = 3, max_length = 3, pattern = "^sig$", example = "sig")]
    pub use_: Option<String>,
    /// The curve.
    pub crv: Option<Curve>,
    /// The point, or its first half.
    #[schema(
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    )]
    pub x: Option<String>,
    /// The point's second half.
    #[schema(min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]+$")]
    pub y: Option<String>,
    /// The modulus.
    #[schema(min_length = 342, max_length = 683, pattern = "^[A-Za-z0-9_-]+$")]
    pub n: Option<String>,
    /// The exponent: 65537.
    #[schema(min_length = 4, max_length = 4, pattern = "^AQAB$")]
    pub e: Option<String>,
}

jsonb! {
    /// A client's public keys: one, and while it changes from one to the next two.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(example = json!({ "keys": [{ "kty": "OKP", "kid": "2026-11", "alg": "EdDSA", "use": "sig",
        "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "y": null, "n": null, "e": null }] }))]
    pub struct PublicKeys {
        /// The keys.
        #[schema(max_items = 2)]
        pub keys: Vec<PublicKey>,
    }
}

impl PublicKeys {
    /// Keys that may have made a signature of this algorithm, under this name if one is said.
    pub fn fitting(&self, algorithm: Algorithm, kid: Option<&str>) -> impl Iterator<Item = DecodingKey> {
        let named = self.keys.iter().filter(move |key| kid.is_none_or(|kid| kid == key.kid));
        named.filter_map(PublicKey::read).filter(move |(known, _)| *known == algorithm).map(|(_, key)| key)
    }
}

impl PublicKey {
    /// The key and the one algorithm that it is for; nothing if it is no key, or too weak a one.
    fn read(&self) -> Option<(Algorithm, DecodingKey)> {
        let jwk: Jwk = serde_json::from_value(serde_json::to_value(self).ok()?).ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let (algorithm, is_sound) = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(pair) => {
                (Algorithm::EdDSA, pair.curve == EllipticCurve::Ed25519 && is_point(&ED25519, &key))
            }
            AlgorithmParameters::EllipticCurve(point) => {
                let is_sound = point.curve == EllipticCurve::P256 && is_point(&ECDSA_P256_SHA256_FIXED, &key);
                (Algorithm::ES256, is_sound)
            }
            AlgorithmParameters::RSA(rsa) => (Algorithm::RS256, bits(&rsa.n) >= LEAST_BITS),
            _ => return None,
        };
        let is_of_its_algorithm =
            jwk.common.key_algorithm.is_none_or(|said| said == KeyAlgorithm::from(algorithm));
        (is_sound && is_of_its_algorithm).then_some((algorithm, key))
    }
}

fn is_point(algorithm: &'static dyn VerificationAlgorithm, key: &DecodingKey) -> bool {
    key.try_get_as_bytes().is_ok_and(|bytes| ParsedPublicKey::new(algorithm, bytes).is_ok())
}

/// How many bits a number has.
fn bits(number: &str) -> usize {
    let bytes = URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros).map_or(0, |first| (bytes.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// Every key is one that can be used, and has a name of its own.
pub fn are_sound(set: &PublicKeys) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    for (i, key) in set.keys.iter().enumerate() {
        if key.read().is_none() {
            let detail =
                "This is no Ed25519, P-256 or RSA (2048 bits or more) public key of the type it says.";
            findings.add(format!("/keys/{i}"), "not_a_key", detail);
        }
        if set.keys[..i].iter().any(|other| other.kid == key.kid) {
            findings.add(format!("/keys/{i}/kid"), "duplicate", "Another key has this name.");
        }
    }
    findings.into_result()
}
