//! Bodies that do not arrive: none is waited for without end, and hardly at all once the server is to stop.

use std::future::{Future, pending};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Problem;

/// How long a body that is on its way may still take once a running server is to stop.
pub const LAST_BODIES: Duration = Duration::from_secs(2);

/// How long a body may take to arrive.
#[derive(Clone)]
pub struct Arrival {
    longest: Duration,
    last: Duration,
    is_stopping: watch::Receiver<bool>,
}

impl Arrival {
    /// A body may take `longest`, and no longer than `last` once the server is stopping.
    pub fn new(longest: Duration, last: Duration, is_stopping: watch::Receiver<bool>) -> Self {
        Self { longest, last, is_stopping }
    }

    async fn is_over(&self) {
        let mut is_stopping = self.is_stopping.clone();
        let stopped = async {
            match is_stopping.wait_for(|is_stopping| *is_stopping).await {
                Ok(_) => sleep(self.last).await,
                // Whoever could stop the server is gone.
                Err(_) => pending().await,
            }
        };
        tokio::select! {
            () = sleep(self.longest) => {}
            () = stopped => {}
        }
    }
}

/// Waits for a body for as long as one may take: then it is 408.
pub(super) async fn in_time<T>(request: &HttpRequest, body: impl Future<Output = T>) -> Result<T, Problem> {
    let arrival = request.app_data::<Data<Arrival>>().ok_or_else(|| Problem::internal("no arrival"))?;
    tokio::select! {
        biased;
        body = body => Ok(body),
        () = arrival.is_over() => Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT)),
    }
}
