//! The id of a request: the client's id, or an id that the server creates.

use actix_web::http::header::{HeaderMap, HeaderName};
use uuid::Uuid;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) struct RequestId(pub(super) String);

impl RequestId {
    /// Returns the client's request id if it is well-formed, otherwise a new UUID.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let is_valid = |text: &&str| {
            (8..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(is_valid);
        Self(sent.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}
