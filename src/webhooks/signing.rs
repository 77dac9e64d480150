//! Signatures of webhook messages (Standard Webhooks): an HMAC with a secret that the server and
//! the receiver share.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The server's webhook key. Each webhook's secrets are derived from this key, so no table and no
/// database dump contains a secret.
#[derive(Clone)]
pub struct MasterKey(hmac::Key);

impl MasterKey {
    pub const LENGTH: usize = 32;

    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// Returns a fingerprint that identifies the key. The key cannot be computed from the
    /// fingerprint.
    pub fn fingerprint(&self) -> String {
        let digest = hmac::sign(&self.0, b"fingerprint");
        URL_SAFE_NO_PAD.encode(&digest.as_ref()[..12])
    }

    pub fn secret(&self, webhook: Uuid, generation: i32) -> WebhookSecret {
        WebhookSecret(format!("whsec_{}", STANDARD.encode(self.derive_tag(webhook, generation).as_ref())))
    }

    /// Returns the value of the header `webhook-signature` for one secret. `generation` is the
    /// number of the secret, and `id` is the event's id.
    pub fn sign(&self, (webhook, generation): (Uuid, i32), id: Uuid, timestamp: i64, body: &str) -> String {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, self.derive_tag(webhook, generation).as_ref());
        let signature = hmac::sign(&secret, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(signature.as_ref()))
    }

    fn derive_tag(&self, webhook: Uuid, generation: i32) -> hmac::Tag {
        hmac::sign(&self.0, format!("webhook {webhook} {generation}").as_bytes())
    }
}

/// A webhook's secret, in the format of the Standard Webhooks libraries.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, diesel::deserialize::FromSqlRow)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 50, max_length = 50, pattern = "^whsec_[A-Za-z0-9+/]{43}=$",
    example = "whsec_c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8=")]
pub struct WebhookSecret(String);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for WebhookSecret {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <String as diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg>>::from_sql(value)
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_webhook_and_each_generation_has_a_secret_of_its_own() {
        let (one, other) = (MasterKey::new(&[1; 32]), MasterKey::new(&[2; 32]));
        let id = Uuid::from_u128(7);
        assert_eq!(one.secret(id, 1), one.secret(id, 1));
        for different in [one.secret(id, 2), one.secret(Uuid::from_u128(8), 1), other.secret(id, 1)] {
            assert_ne!(one.secret(id, 1), different);
        }
        assert_eq!(format!("{:?}", one.secret(id, 1)), "(secret)");
        assert_eq!((one.fingerprint() == other.fingerprint(), one.fingerprint().len()), (false, 16));
    }
}
