//! Fetches the documents of an identity provider. TLS trusts the system's certificate authorities,
//! redirects are not followed, and size and time are limited.

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

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// The size limit of a response of an identity provider. Entra's keys have about 15 kB.
const MAX_RESPONSE_BYTES: usize = 256 << 10;

/// Time for which an idle connection is kept. The discovery document and the keys come from one
/// host. The next fetch is an hour later.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) type Client = Pooled<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// Creates an HTTP client. The client connects on first use.
pub(crate) fn client() -> Client {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(trusting_known_authorities().clone())
        .https_or_http()
        .enable_http1()
        .build();
    Pooled::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build(connector)
}

pub(crate) async fn json<T: DeserializeOwned>(client: &Client, url: &str) -> Result<T, String> {
    let text = tokio::time::timeout(FETCH_TIMEOUT, body(client, url)).await;
    let text = text.map_err(|_| format!("{url} timed out"))?.map_err(|error| format!("{url}: {error}"))?;
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
        return Err(format!("the response has the status {}", response.status()).into());
    }
    Ok(Limited::new(response.into_body(), MAX_RESPONSE_BYTES).collect().await?.to_bytes())
}
