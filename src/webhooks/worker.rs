//! The two background tasks of webhooks: one detects events, the other sends deliveries. Each has
//! its own database connection, so neither waits for the other's queries. Both run until the server
//! stops.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::deliver::sender::Sender;
use super::deliver::{Client, Reach};
use super::detect_events;
use super::session::Session;
use super::signing::MasterKey;
use crate::db::{self, Actor};

/// The polling interval.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// After a round the event detection pauses for this many times the duration of the round. It thus
/// works for at most a tenth of the time.
const MAX_BACKOFF_FACTOR: u32 = 9;

/// The timeouts of a round and of one of its statements: a single transaction can have written
/// millions of lines.
const LONGEST_ROUND: Duration = Duration::from_secs(600);
const LONGEST_STATEMENT: Duration = Duration::from_secs(300);

/// Detects events and sends deliveries.
pub struct WebhookWorker {
    database: db::Settings,
    actor: Actor,
    key: MasterKey,
    reach: Reach,
    longest_answer: Duration,
}

impl WebhookWorker {
    /// Creates the tasks. `actor` is recorded with their writes; `longest_answer` is the timeout
    /// for a receiver's response.
    pub const fn new(
        database: db::Settings,
        actor: Actor,
        key: MasterKey,
        reach: Reach,
        longest_answer: Duration,
    ) -> Self {
        Self { database, actor, key, reach, longest_answer }
    }

    /// Runs both tasks until the server stops, and then until the attempts in progress have ended.
    /// While the database is unavailable the tasks wait.
    pub async fn run(self, is_stopping: watch::Receiver<bool>) {
        tokio::join!(self.tell(is_stopping.clone()), self.send(is_stopping));
    }

    async fn tell(&self, mut is_stopping: watch::Receiver<bool>) {
        let database = db::Settings { statement_timeout: LONGEST_STATEMENT, ..self.database.clone() };
        let session = Session::new(database, self.actor.clone(), "webhook event detection");
        let (mut session, mut stopped) =
            (session.with_limit(LONGEST_ROUND).in_snapshots(), is_stopping.clone());
        while !*is_stopping.borrow() {
            let began = Instant::now();
            // A round that is interrupted by the stop is rolled back.
            let done = tokio::select! {
                done = session.run(detect_events::round_today) => done,
                _ = stopped.wait_for(|is_stopping| *is_stopping) => return,
            };
            let outcome = if done.is_some() { "done" } else { "failed" };
            crate::telemetry::counter!("webhook_rounds_total", "outcome" => outcome).increment(1);
            // After a failed round the polling interval is enough.
            let rest =
                done.map_or(POLL_INTERVAL, |()| POLL_INTERVAL.max(began.elapsed() * MAX_BACKOFF_FACTOR));
            stopped_or_after(Instant::now() + rest, &mut is_stopping).await;
        }
    }

    async fn send(&self, mut is_stopping: watch::Receiver<bool>) {
        let mut session = Session::new(self.database.clone(), self.actor.clone(), "webhook delivery");
        let mut sender = Sender::new(self.key.clone(), Client::new(self.reach.clone(), self.longest_answer));
        while !*is_stopping.borrow() {
            sender.note(&mut session).await;
            sender.send_what_is_due(&mut session).await;
            tokio::select! {
                true = sender.next_answer() => {}
                () = stopped_or_after(Instant::now() + POLL_INTERVAL, &mut is_stopping) => {}
            }
        }
        while sender.next_answer().await {}
        sender.note(&mut session).await;
    }
}

async fn stopped_or_after(instant: Instant, is_stopping: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = sleep_until(instant) => {}
        changed = is_stopping.changed() => {
            // The sender is gone, so no stop can be requested. The sleep prevents a busy loop.
            if changed.is_err() {
                sleep(POLL_INTERVAL).await;
            }
        }
    }
}
