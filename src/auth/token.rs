//! Access tokens that this server issues and verifies: EdDSA JSON Web Tokens (RFC 8725, RFC 9068).

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::jwt::{self, NumericDate, Refused, Rejection};
use crate::access::Role;
use crate::values::ShortText;
use crate::web::{Caller, CallerKind};

/// The `typ` of an access token (RFC 9068).
const TYPE: &str = "at+jwt";

/// Lifetime of a token that the API issues.
pub const LIFETIME: Duration = Duration::from_secs(900);

/// Accepted difference between the clocks of two computers, in seconds.
pub(super) const SKEW: u64 = 30;

const MAX_CACHED_TOKENS: usize = 10_000;

#[derive(Debug, Clone)]
pub struct Parties {
    pub issuer: String,
    pub audience: String,
}

pub struct SigningKey {
    id: String,
    /// The public key, as the member `x` of a JSON Web Key.
    x: String,
    private: EncodingKey,
    public: DecodingKey,
}

#[derive(Debug, thiserror::Error)]
#[error("the key is not an Ed25519 private key (PKCS #8)")]
pub struct BadKey;

impl SigningKey {
    /// Returns the id of the key, which is the `kid` in tokens and in the JSON Web Key Set.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Generates a private key. Returns it as a PKCS #8 document.
    pub fn generate() -> Result<Vec<u8>, BadKey> {
        let pair = Ed25519KeyPair::generate().map_err(|_| BadKey)?;
        Ok(pair.to_pkcs8().map_err(|_| BadKey)?.as_ref().to_vec())
    }

    /// Parses a private key from a PKCS #8 document. The id of the key is a digest of the public
    /// key.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_pkcs8(document).map_err(|_| BadKey)?;
        let public = pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(public);
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, public).as_ref()[..12]),
            private: EncodingKey::from_ed_der(document),
            public: DecodingKey::from_ed_components(&x).map_err(|_| BadKey)?,
            x,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: Uuid,
    iat: NumericDate,
    nbf: NumericDate,
    exp: NumericDate,
    role: Role,
    #[serde(default)]
    councils: Vec<Uuid>,
    /// The id of the account, which is also the `sub` claim (RFC 9068). `None` for a token that was
    /// created on the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<Uuid>,
    /// The id of a person's session. The token is valid only while the session exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
}

#[derive(Debug, Clone, Copy)]
struct Holder {
    account: Uuid,
    session: Option<Uuid>,
}

/// The key that signs new tokens, and further keys whose tokens are accepted.
struct Ring {
    signing: SigningKey,
    others: Vec<SigningKey>,
}

impl Ring {
    fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.signing).chain(&self.others)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.keys().map(|key| &key.id).eq(other.keys().map(|key| &key.id))
    }
}

pub struct Tokens {
    parties: Parties,
    ring: RwLock<Arc<Ring>>,
    validation: Validation,
    verified: Cache<[u8; 32], Arc<Caller>>,
}

impl Tokens {
    /// Creates the service that issues and verifies tokens. `signing` signs new tokens. Tokens of
    /// `signing` and of `others` are accepted.
    pub fn new(parties: Parties, signing: SigningKey, others: Vec<SigningKey>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&parties.issuer]);
        validation.set_audience(&[&parties.audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = SKEW;
        let ring = RwLock::new(Arc::new(Ring { signing, others }));
        Self { parties, ring, validation, verified: Cache::new(MAX_CACHED_TOKENS) }
    }

    /// Replaces the signing keys and clears the cache of verified tokens.
    pub fn renew(&self, signing: SigningKey, others: Vec<SigningKey>) {
        let ring = Ring { signing, others };
        if self.ring().is_same(&ring) {
            return;
        }
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        self.verified.clear();
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn issuer(&self) -> &str {
        &self.parties.issuer
    }

    /// Returns the server's public address. `None` if the issuer is not a URL.
    pub fn address(&self) -> Option<&str> {
        let issuer = self.issuer();
        (issuer.starts_with("https://") || issuer.starts_with("http://"))
            .then(|| issuer.trim_end_matches('/'))
    }

    /// Returns the URL of the token endpoint. `None` if the server does not know its public
    /// address.
    pub fn endpoint(&self) -> Option<String> {
        self.address().map(|address| format!("{address}/v1/auth/token"))
    }

    /// Returns the audiences that a client assertion may have (RFC 7523). The `Host` of the request
    /// is not accepted. Otherwise another server could forward an assertion that a client has sent
    /// to it.
    pub fn audiences(&self) -> Vec<String> {
        std::iter::once(self.issuer().to_owned()).chain(self.endpoint()).collect()
    }

    /// Returns the public keys of the server's tokens as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub fn jwks(&self) -> Value {
        let ring = self.ring();
        let public = |key: &SigningKey| json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": key.x });
        json!({ "keys": ring.keys().map(public).collect::<Vec<_>>() })
    }

    pub fn mint(
        &self,
        subject: &str,
        role: Role,
        councils: &[Uuid],
        lifetime: Duration,
    ) -> Result<String, BadKey> {
        self.sign(subject, role, councils, lifetime, None)
    }

    /// Issues a token for an account, with the lifetime [`LIFETIME`]. A token of a person is valid
    /// only while the session exists.
    pub fn mint_for(
        &self,
        account: Uuid,
        role: Role,
        councils: &[Uuid],
        session: Option<Uuid>,
    ) -> Result<String, BadKey> {
        let holder = Holder { account, session };
        self.sign(&account.to_string(), role, councils, LIFETIME, Some(holder))
    }

    fn sign(
        &self,
        subject: &str,
        role: Role,
        councils: &[Uuid],
        lifetime: Duration,
        holder: Option<Holder>,
    ) -> Result<String, BadKey> {
        let now = now();
        let claims = Claims {
            iss: self.parties.issuer.clone(),
            aud: self.parties.audience.clone(),
            sub: subject.to_owned(),
            jti: Uuid::now_v7(),
            iat: NumericDate(now),
            nbf: NumericDate(now),
            exp: NumericDate(now.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX))),
            role,
            councils: councils.to_vec(),
            client_id: holder.map(|holder| holder.account),
            sid: holder.and_then(|holder| holder.session),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        let ring = self.ring();
        header.kid = Some(ring.signing.id.clone());
        jsonwebtoken::encode(&header, &claims, &ring.signing.private).map_err(|_| BadKey)
    }

    /// Verifies a token and returns its caller. If the token is in the cache, checks only its
    /// expiry.
    pub fn verify(&self, token: &str) -> Result<Arc<Caller>, Rejection> {
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        if let Some(caller) = self.verified.get(&key) {
            let ended = caller.expires_at.saturating_add_unsigned(SKEW) < now();
            let expired = || Rejection { refused: Refused::Expired, reason: "expired".into() };
            return if ended { Err(expired()) } else { Ok(caller) };
        }
        let caller = Arc::new(self.read(token)?);
        self.verified.insert(key, caller.clone());
        Ok(caller)
    }

    fn read(&self, token: &str) -> Result<Caller, Rejection> {
        if jwt::claimed_issuer(token).map_err(Rejection::invalid)? != self.parties.issuer {
            return Err(Rejection::invalid("the issuer in the `iss` claim is not configured"));
        }
        let header = jsonwebtoken::decode_header(token)?;
        jwt::check_header(&header, &[TYPE])?;
        let ring = self.ring();
        let key = ring.keys().find(|key| header.kid.as_ref() == Some(&key.id));
        let key = key.ok_or_else(|| Rejection::invalid("no known key has the `kid` of the token"))?;
        let claims: Claims = jwt::decode(token, &key.public, &self.validation)?;
        if !ShortText::is_valid(&claims.sub) {
            return Err(Rejection::invalid("the `sub` claim is malformed"));
        }
        Ok(Caller {
            subject: claims.sub,
            role: claims.role,
            councils: claims.councils,
            kind: CallerKind::Console,
            account: claims.client_id,
            session: claims.sid,
            system: None,
            expires_at: claims.exp.0,
        })
    }
}

pub fn bearer(headers: &HeaderMap) -> Result<&str, Rejection> {
    let missing = || Rejection { refused: Refused::Missing, reason: "no token".into() };
    let header = headers.get(AUTHORIZATION).ok_or_else(missing)?;
    let pair = header.to_str().ok().and_then(|text| text.split_once(' '));
    let bearer = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = bearer.map(|(_, token)| token.trim());
    token.ok_or_else(|| Rejection::invalid("not a bearer token"))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
