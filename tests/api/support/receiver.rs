//! A webhook receiver: a server that records messages and sends the responses of its queue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::sync::watch;

use super::local_server::LocalServer;
use super::poll_until;

/// A message that the receiver got.
#[derive(Clone)]
pub struct ReceivedMessage {
    pub path: String,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl ReceivedMessage {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    /// Whether the signature is valid for this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = Webhook::new(secret).expect("a secret");
        webhook.verify(self.text.as_bytes(), &self.headers).is_ok()
    }
}

/// A response of the receiver. A held response waits until the receiver is released.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub is_held: bool,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), is_held: false }
    }

    /// A response that waits until the receiver is released.
    pub fn held(status: u16) -> Self {
        Self { is_held: true, ..Self::status(status) }
    }

    pub fn with(status: u16, name: &'static str, value: &str) -> Self {
        Self { headers: vec![(name, value.to_owned())], ..Self::status(status) }
    }
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<ReceivedMessage>>,
    replies: Mutex<VecDeque<Reply>>,
    is_released: watch::Sender<bool>,
}

/// A running receiver.
pub struct Receiver {
    pub url: String,
    state: Arc<State>,
    _server: LocalServer,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let state = Arc::new(State::default());
        let data = Data::from(state.clone());
        let server = LocalServer::start(listener, move |config| {
            config.app_data(data.clone()).default_service(web::to(handle_request));
        });
        Self { url, state, _server: server }
    }

    /// Queues responses for the next messages. Once the queue is empty, the receiver responds with
    /// 200.
    pub fn queue_replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.replies.lock().expect("replies").extend(replies);
    }

    /// Sends the held responses; later responses are not held.
    pub fn release(&self) {
        self.state.is_released.send_replace(true);
    }

    /// The messages so far.
    pub fn received(&self) -> Vec<ReceivedMessage> {
        self.state.received.lock().expect("messages").clone()
    }

    /// Waits until at least this many messages have arrived and returns them.
    pub async fn wait_for(&self, count: usize) -> Vec<ReceivedMessage> {
        poll_until(async || self.received().len(), |received| *received >= count).await;
        self.received()
    }
}

async fn handle_request(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    let header =
        |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
            (name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"))
        };
    let received = ReceivedMessage {
        path: request.path().to_owned(),
        headers: request.headers().iter().map(header).collect(),
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    };
    state.received.lock().expect("messages").push(received);
    let reply = state.replies.lock().expect("replies").pop_front().unwrap_or_else(|| Reply::status(200));
    if reply.is_held {
        let _ = state.is_released.subscribe().wait_for(|is_released| *is_released).await;
    }
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    response.body("the server ignores this body")
}
