//! The two background tasks of webhooks. One detects events, and the other sends deliveries. Each
//! task has its own database connection, so neither waits for queries of the other.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::detect_events;
use super::sending::sender::Sender;
use super::sending::{AllowedNetworks, Client};
use super::session::Session;
use super::signing::MasterKey;
use crate::db::{self, Actor};

/// The interval at which a background task looks for changes or for deliveries that are due.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a round of event detection, as a multiple of the round's duration. Event
/// detection therefore takes at most a tenth of the time.
const MAX_BACKOFF_FACTOR: u32 = 9;

/// The timeout for a round of event detection. It is long because one transaction can write
/// millions of lines to the change log.
const ROUND_TIMEOUT: Duration = Duration::from_secs(600);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(300);

pub struct WebhookWorker {
    database: db::Settings,
    actor: Actor,
    key: MasterKey,
    networks: AllowedNetworks,
    response_timeout: Duration,
}

impl WebhookWorker {
    /// Creates the background tasks. The change log records `actor` with each of their writes.
    pub const fn new(
        database: db::Settings,
        actor: Actor,
        key: MasterKey,
        networks: AllowedNetworks,
        response_timeout: Duration,
    ) -> Self {
        Self { database, actor, key, networks, response_timeout }
    }

    /// Runs both background tasks until the server stops, and then waits for the delivery attempts
    /// in progress. The tasks retry while the database is unavailable.
    pub async fn run(self, is_stopping: watch::Receiver<bool>) {
        tokio::join!(self.detect_events(is_stopping.clone()), self.send_deliveries(is_stopping));
    }

    async fn detect_events(&self, mut is_stopping: watch::Receiver<bool>) {
        let database = db::Settings { statement_timeout: STATEMENT_TIMEOUT, ..self.database.clone() };
        let session = Session::new(database, self.actor.clone(), "webhook event detection");
        let (mut session, mut stopped) =
            (session.with_limit(ROUND_TIMEOUT).in_snapshots(), is_stopping.clone());
        while !*is_stopping.borrow() {
            let began = Instant::now();
            // If the stop interrupts a round of event detection, the database rolls the round back.
            let done = tokio::select! {
                done = session.run(detect_events::round_today) => done,
                _ = stopped.wait_for(|is_stopping| *is_stopping) => return,
            };
            let outcome = if done.is_some() { "done" } else { "failed" };
            crate::telemetry::counter!("webhook_rounds_total", "outcome" => outcome).increment(1);
            // After a failed round, the polling interval is a long enough pause before the next
            // round.
            let pause =
                done.map_or(POLL_INTERVAL, |()| POLL_INTERVAL.max(began.elapsed() * MAX_BACKOFF_FACTOR));
            wait_until_or_stopped(Instant::now() + pause, &mut is_stopping).await;
        }
    }

    async fn send_deliveries(&self, mut is_stopping: watch::Receiver<bool>) {
        let mut session = Session::new(self.database.clone(), self.actor.clone(), "webhook delivery");
        let mut sender =
            Sender::new(self.key.clone(), Client::new(self.networks.clone(), self.response_timeout));
        while !*is_stopping.borrow() {
            sender.store_outcomes(&mut session).await;
            sender.send_due(&mut session).await;
            tokio::select! {
                true = sender.wait_for_attempt() => {}
                () = wait_until_or_stopped(Instant::now() + POLL_INTERVAL, &mut is_stopping) => {}
            }
        }
        while sender.wait_for_attempt().await {}
        sender.store_outcomes(&mut session).await;
    }
}

async fn wait_until_or_stopped(instant: Instant, is_stopping: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = sleep_until(instant) => {}
        changed = is_stopping.changed() => {
            // The sender of the stop signal was dropped, so no stop can follow. The sleep prevents
            // a loop without a pause.
            if changed.is_err() {
                sleep(POLL_INTERVAL).await;
            }
        }
    }
}
