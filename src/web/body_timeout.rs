//! Time limits for request bodies to arrive. They are shorter once the server has begun to stop.

use std::future::{Future, pending};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Problem;

/// How long the rest of a body may take to arrive once a running server has begun to stop.
pub const LAST_BODIES: Duration = Duration::from_secs(2);

/// The time limits for a request body to arrive.
#[derive(Clone)]
pub struct Arrival {
    longest: Duration,
    last: Duration,
    is_stopping: watch::Receiver<bool>,
}

impl Arrival {
    /// A body may take `longest`, and at most `last` after the server has begun to stop.
    pub fn new(longest: Duration, last: Duration, is_stopping: watch::Receiver<bool>) -> Self {
        Self { longest, last, is_stopping }
    }

    async fn is_over(&self) {
        let mut is_stopping = self.is_stopping.clone();
        let stopped = async {
            match is_stopping.wait_for(|is_stopping| *is_stopping).await {
                Ok(_) => sleep(self.last).await,
                // The sender was dropped, so nothing can stop the server any more.
                Err(_) => pending().await,
            }
        };
        tokio::select! {
            () = sleep(self.longest) => {}
            () = stopped => {}
        }
    }
}

/// Waits for a body. Fails with 408 if it does not arrive in time.
pub(super) async fn in_time<T>(request: &HttpRequest, body: impl Future<Output = T>) -> Result<T, Problem> {
    let arrival = request.app_data::<Data<Arrival>>().ok_or_else(|| Problem::internal("no arrival"))?;
    tokio::select! {
        biased;
        body = body => Ok(body),
        () = arrival.is_over() => Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT)),
    }
}
