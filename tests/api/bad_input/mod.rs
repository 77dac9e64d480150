//! Whatever is sent, the answer is a problem that lists every fault, and nothing is written.

mod bodies;
mod codings;
mod requests;
mod texts;

use reqwest::Method;

use crate::support::{Answer, Person};

/// Posts bytes as they are.
async fn post_bytes(
    person: &Person,
    path: &str,
    media_type: &str,
    bytes: impl Into<reqwest::Body>,
) -> Answer {
    person.send(person.request(Method::POST, path).header("Content-Type", media_type).body(bytes)).await
}
