//! An external identity provider: a server with a discovery document and a key set, and signing
//! keys.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::local_server::LocalServer;

/// The audience of the tokens.
pub const AUDIENCE: &str = "0198c5b0-0000-7000-8000-00000000a0d1";

/// A key with which an issuer signs tokens.
pub struct TokenKey {
    pub id: &'static str,
    pub algorithm: Algorithm,
    pub private: EncodingKey,
}

impl TokenKey {
    pub fn rsa(id: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let document = pair.as_der().expect("a document");
        // The 26 bytes before the PKCS #1 key are the PKCS #8 wrapper.
        let private = EncodingKey::from_rsa_der(&document.as_ref()[26..]);
        Self { id, algorithm: Algorithm::RS256, private }
    }

    pub fn ec(id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let document = pair.to_pkcs8v1().expect("a document");
        Self { id, algorithm: Algorithm::ES256, private: EncodingKey::from_ec_der(document.as_ref()) }
    }

    /// The public key as a JWK without `alg`, as Entra publishes it.
    pub fn published(&self) -> Value {
        let key = Jwk::from_encoding_key(&self.private, self.algorithm).expect("a public key");
        let mut key = serde_json::to_value(key).expect("JSON");
        let fields = key.as_object_mut().expect("an object");
        fields.remove("alg");
        fields.extend([("kid".to_owned(), json!(self.id)), ("use".to_owned(), json!("sig"))]);
        key
    }

    pub fn header(&self) -> Header {
        Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) }
    }

    pub fn sign(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&self.header(), claims, &self.private).expect("a token")
    }
}

/// Builds a response in place of the usual one, from the issuer's address.
pub type ResponseOverride = fn(&str) -> HttpResponse;

/// The state of the server: its keys, a replacement response, and the number of requests.
struct Published {
    base: String,
    keys: Mutex<Vec<Value>>,
    /// The end of a path and the response for it in place of the usual one.
    replacement: Mutex<Option<(&'static str, ResponseOverride)>>,
    discoveries: AtomicUsize,
    key_sets: AtomicUsize,
}

/// A running identity provider. Each path below its address is an issuer, like the tenants of a
/// provider.
pub struct Issuer {
    pub url: String,
    published: Arc<Published>,
    _server: LocalServer,
}

impl Issuer {
    /// Starts an issuer that publishes these keys.
    pub fn new(keys: &[&TokenKey]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let published = Arc::new(Published {
            base: url.clone(),
            keys: Mutex::default(),
            replacement: Mutex::default(),
            discoveries: AtomicUsize::new(0),
            key_sets: AtomicUsize::new(0),
        });
        let data = Data::from(published.clone());
        let server = LocalServer::start(listener, move |config| {
            config.app_data(data.clone()).default_service(web::to(respond));
        });
        let issuer = Self { url, published, _server: server };
        issuer.publish(keys);
        issuer
    }

    pub fn publish(&self, keys: &[&TokenKey]) {
        self.publish_jwks(keys.iter().map(|key| key.published()).collect());
    }

    pub fn publish_jwks(&self, keys: Vec<Value>) {
        *self.published.keys.lock().expect("keys") = keys;
    }

    /// Sets the response for paths with this end.
    pub fn override_response(&self, path: &'static str, response: ResponseOverride) {
        *self.published.replacement.lock().expect("the replacement") = Some((path, response));
    }

    /// Responds to every request with 502.
    pub fn fail(&self) {
        self.override_response("", |_| HttpResponse::BadGateway().finish());
    }

    /// Restores the usual responses.
    pub fn recover(&self) {
        *self.published.replacement.lock().expect("the replacement") = None;
    }

    /// The numbers of requests for the discovery document and for the key set.
    pub fn request_counts(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.published.discoveries), count(&self.published.key_sets))
    }

    /// The claims of a valid access token with these changes; null removes a claim.
    pub fn claims(&self, changes: Value) -> Value {
        claims(&self.url, changes)
    }
}

/// The claims of a valid access token of this issuer with these changes; null removes a claim.
pub fn claims(issuer: &str, changes: Value) -> Value {
    let now = now();
    let mut claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "pairwise-subject", "azp": "a-client",
        "oid": "0198c5b0-0000-7000-8000-00000000001d", "tid": "0198c5b0-0000-7000-8000-0000000000aa",
        "name": "Nora Norfolk", "iat": now - 10, "nbf": now - 10, "exp": now + 600, "ver": "2.0" });
    let fields = claims.as_object_mut().expect("an object");
    fields.extend(changes.as_object().expect("an object").clone());
    fields.retain(|_, value| !value.is_null());
    claims
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

async fn respond(request: HttpRequest, published: Data<Published>) -> HttpResponse {
    const DISCOVERY: &str = "/.well-known/openid-configuration";
    let (path, base) = (request.path(), &published.base);
    let counter = if path.ends_with(DISCOVERY) { &published.discoveries } else { &published.key_sets };
    counter.fetch_add(1, Ordering::SeqCst);
    let replacement = *published.replacement.lock().expect("the replacement");
    if let Some((_, response)) = replacement.filter(|(end, _)| path.ends_with(end)) {
        return response(base);
    }
    match path.strip_suffix(DISCOVERY) {
        Some(tenant) => HttpResponse::Ok()
            .json(json!({ "issuer": format!("{base}{tenant}"), "jwks_uri": format!("{base}/keys") })),
        None => HttpResponse::Ok().json(json!({ "keys": *published.keys.lock().expect("keys") })),
    }
}
