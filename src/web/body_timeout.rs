//! Time limits for receiving request bodies. A shorter limit applies after the server has begun to
//! stop.

use std::future::{Future, pending};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Problem;

/// Maximum time in which a body must arrive after the server has begun to stop.
pub const STOPPING_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub struct BodyTimeout {
    timeout: Duration,
    stopping_timeout: Duration,
    is_stopping: watch::Receiver<bool>,
}

impl BodyTimeout {
    /// Creates the time limits. A body must arrive within `timeout`. After the server has begun to
    /// stop, a body must arrive within `stopping_timeout`.
    pub fn new(timeout: Duration, stopping_timeout: Duration, is_stopping: watch::Receiver<bool>) -> Self {
        Self { timeout, stopping_timeout, is_stopping }
    }

    async fn expire(&self) {
        let mut is_stopping = self.is_stopping.clone();
        let stopped = async {
            match is_stopping.wait_for(|is_stopping| *is_stopping).await {
                Ok(_) => sleep(self.stopping_timeout).await,
                // The sender was dropped, so the server cannot begin to stop any more.
                Err(_) => pending().await,
            }
        };
        tokio::select! {
            () = sleep(self.timeout) => {}
            () = stopped => {}
        }
    }
}

/// Waits for a request body. Fails with 408 if the body does not arrive in time.
pub(super) async fn within<T>(request: &HttpRequest, body: impl Future<Output = T>) -> Result<T, Problem> {
    let body_timeout = request
        .app_data::<Data<BodyTimeout>>()
        .ok_or_else(|| Problem::internal("app_data has no BodyTimeout"))?;
    tokio::select! {
        biased;
        body = body => Ok(body),
        () = body_timeout.expire() => Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT)),
    }
}
