//! What a provider publishes, fetched: over TLS that knows the system's authorities, without redirects, bounded in size
//! and time.

use std::error::Error;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::de::DeserializeOwned;

use crate::db::pool::trusting_known_authorities;

/// How long an answer may take, and how large it may be. Entra's keys are some 15 kB.
const LONGEST: Duration = Duration::from_secs(5);
const LARGEST: usize = 256 << 10;

/// How long a connection is kept for the next request: discovery and keys come from one place, an hour apart from the next.
const IDLE: Duration = Duration::from_secs(5);

/// Asks providers.
pub(crate) type Client = Pooled<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// A client; it connects when it is first asked to.
pub(crate) fn client() -> Client {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(trusting_known_authorities().clone())
        .https_or_http()
        .enable_http1()
        .build();
    Pooled::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector)
}

/// The JSON that is published there.
pub(crate) async fn json<T: DeserializeOwned>(client: &Client, url: &str) -> Result<T, String> {
    let text = tokio::time::timeout(LONGEST, body(client, url)).await;
    let text =
        text.map_err(|_| format!("{url} took too long"))?.map_err(|error| format!("{url}: {error}"))?;
    serde_json::from_slice(&text).map_err(|error| format!("{url}: {error}"))
}

async fn body(client: &Client, url: &str) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
    let request = Request::get(url)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, "outturn")
        .body(Empty::new())?;
    let response = client.request(request).await.map_err(|error| match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })?;
    if response.status() != StatusCode::OK {
        return Err(format!("answered {}", response.status()).into());
    }
    Ok(Limited::new(response.into_body(), LARGEST).collect().await?.to_bytes())
}
