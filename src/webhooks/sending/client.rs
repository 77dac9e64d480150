//! The HTTP client for delivery attempts. The client connects only to addresses that webhooks may
//! reach, and follows no redirects.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use tower_service::Service;

use super::AllowedNetworks;
use crate::db::pool::trusting_known_authorities;
use crate::values::Url;
use crate::webhooks::deliveries::model::DeliveryFault;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Clone)]
pub struct Client {
    networks: AllowedNetworks,
    response_timeout: Duration,
    http: Pooled<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
}

pub struct Message<'m> {
    pub url: &'m Url,
    /// The names and values of the message headers that Standard Webhooks defines.
    pub headers: [(&'static str, String); 3],
    pub body: String,
}

#[derive(Debug, Clone, Copy)]
pub struct ResponseHead {
    pub status: StatusCode,
    /// The delay before the next delivery attempt, as the receiver requests it with `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl Client {
    pub fn new(networks: AllowedNetworks, response_timeout: Duration) -> Self {
        let mut connector = HttpConnector::new_with_resolver(Resolver {
            networks: networks.clone(),
            names: GaiResolver::new(),
        });
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trusting_known_authorities().clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // Connections are not reused. Each attempt therefore resolves the host name and checks the
        // IP address.
        let http = Pooled::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { networks, response_timeout, http }
    }

    pub(super) const fn response_timeout(&self) -> Duration {
        self.response_timeout
    }

    /// Posts a message to a webhook. Of the response, only the status and the header `Retry-After`
    /// are read.
    pub async fn post(&self, message: Message<'_>) -> Result<ResponseHead, DeliveryFault> {
        // hyper does not call the resolver if the host is an IP address. The address is therefore
        // checked here.
        if self.networks.field_error(message.url).is_some() {
            return Err(DeliveryFault::OutOfReach);
        }
        let mut request = Request::post(message.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "outturn");
        for (name, value) in message.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(message.body)).map_err(|_| DeliveryFault::Unreachable)?;
        let response = tokio::time::timeout(self.response_timeout, self.http.request(request)).await;
        let response =
            response.map_err(|_| DeliveryFault::Timeout)?.map_err(|error| delivery_fault(&error))?;
        Ok(ResponseHead { status: response.status(), retry_after: retry_after(response.headers()) })
    }
}

/// Returns the delay that a `Retry-After` header states in seconds or as a date (RFC 9110, section
/// 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok(),
    }
}

/// A resolver that returns only the IP addresses that webhooks may reach. The client connects to a
/// checked address even if the host name resolves differently later.
#[derive(Clone)]
struct Resolver {
    networks: AllowedNetworks,
    names: GaiResolver,
}

/// The error for a host name whose IP addresses are all in networks that webhooks may not reach.
#[derive(Debug, thiserror::Error)]
#[error("the host name resolves only to addresses in networks that webhooks may not reach")]
struct OutOfReach;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, io::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        self.names.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (networks, found) = (self.networks.clone(), self.names.call(name));
        Box::pin(async move {
            let (allowed, others): (Vec<_>, Vec<_>) =
                found.await?.partition(|address| networks.allows(address.ip()));
            match (allowed.is_empty(), others.is_empty()) {
                (true, false) => Err(io::Error::other(OutOfReach)),
                _ => Ok(allowed.into_iter()),
            }
        })
    }
}

fn delivery_fault(error: &(dyn Error + 'static)) -> DeliveryFault {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        if inner.is_some_and(|inner| inner.is::<OutOfReach>()) {
            return DeliveryFault::OutOfReach;
        }
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return DeliveryFault::Timeout;
        }
        cause = error.source();
    }
    DeliveryFault::Unreachable
}
