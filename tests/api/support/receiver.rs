//! Another system that takes webhooks: a real server that keeps what it is sent, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, mpsc};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::sync::watch;

use super::{cluster, until};

/// A message as it arrived.
#[derive(Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    /// Whether a receiver that has this secret believes it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = Webhook::new(secret).expect("a secret");
        webhook.verify(self.text.as_bytes(), &self.headers).is_ok()
    }
}

/// What is answered, and whether only once the receiver is released.
pub struct Step {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub is_held: bool,
}

impl Step {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), is_held: false }
    }

    /// An answer that is sent once the receiver is released.
    pub fn held(status: u16) -> Self {
        Self { is_held: true, ..Self::status(status) }
    }

    pub fn with(status: u16, name: &'static str, value: &str) -> Self {
        Self { headers: vec![(name, value.to_owned())], ..Self::status(status) }
    }
}

#[derive(Default)]
struct Kept {
    received: Mutex<Vec<Received>>,
    steps: Mutex<VecDeque<Step>>,
    is_released: watch::Sender<bool>,
}

/// A running receiver.
pub struct Receiver {
    pub url: String,
    kept: Arc<Kept>,
    handle: ServerHandle,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let kept = Arc::new(Kept::default());
        let data = Data::from(kept.clone());
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server =
                    HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(take)));
                let server = server.workers(1).disable_signals().shutdown_timeout(0);
                let server = server.listen(listener).expect("a port").run();
                sender.send(server.handle()).expect("the test waits");
                let _ = server.await;
            });
        });
        Self { url, kept, handle: receiver.recv().expect("a server") }
    }

    /// Answers the next messages so, and then with 200 again.
    pub fn answer(&self, steps: impl IntoIterator<Item = Step>) {
        self.kept.steps.lock().expect("steps").extend(steps);
    }

    /// Sends the answers that are held, and holds none from now on.
    pub fn release(&self) {
        self.kept.is_released.send_replace(true);
    }

    /// What has arrived so far.
    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().expect("messages").clone()
    }

    /// What has arrived once so many have.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        until(async || self.received().len(), |arrived| *arrived >= count).await;
        self.received()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        cluster::run(async move { handle.stop(false).await });
    }
}

async fn take(request: HttpRequest, body: Bytes, kept: Data<Kept>) -> HttpResponse {
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    let header =
        |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
            (name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"))
        };
    let received = Received {
        path: request.path().to_owned(),
        headers: request.headers().iter().map(header).collect(),
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    };
    kept.received.lock().expect("messages").push(received);
    let step = kept.steps.lock().expect("steps").pop_front().unwrap_or_else(|| Step::status(200));
    if step.is_held {
        let _ = kept.is_released.subscribe().wait_for(|is_released| *is_released).await;
    }
    let mut answer = HttpResponse::build(StatusCode::from_u16(step.status).expect("a status"));
    for (name, value) in step.headers {
        answer.insert_header((name, value));
    }
    answer.body("what a receiver says is not read")
}
