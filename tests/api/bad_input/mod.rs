//! Invalid requests return a problem that lists every error. The server writes nothing.

mod bodies;
mod codings;
mod requests;
mod texts;

use reqwest::Method;

use crate::support::{ApiResponse, Caller};

/// Posts raw bytes with a media type.
async fn post_bytes(
    caller: &Caller,
    path: &str,
    media_type: &str,
    bytes: impl Into<reqwest::Body>,
) -> ApiResponse {
    caller.send(caller.request(Method::POST, path).header("Content-Type", media_type).body(bytes)).await
}
