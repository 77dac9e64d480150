//! What runs beside the server: one finds out what is to be told, another sends what is due, each on a connection of its own, until they
//! are asked to stop. Neither waits for what the other asks the database.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::announce;
use super::deliver::sender::Sender;
use super::deliver::{Client, Reach};
use super::session::Session;
use super::signing::MasterKey;
use crate::db::{self, Actor};

/// How often they look whether there is something to do.
const PACE: Duration = Duration::from_secs(1);

/// Of its time who finds out what is to be told spends a tenth at most on it.
const REST: u32 = 9;

/// How long finding out may take, and a statement of it: one transaction can have entered millions of lines.
const LONGEST_ROUND: Duration = Duration::from_secs(600);
const LONGEST_STATEMENT: Duration = Duration::from_secs(300);

/// Tells and sends.
pub struct Teller {
    database: db::Settings,
    actor: Actor,
    key: MasterKey,
    reach: Reach,
    longest_answer: Duration,
}

impl Teller {
    /// A teller that acts in the database as this actor, and waits for the answer of a receiver for `longest_answer`.
    pub const fn new(
        database: db::Settings,
        actor: Actor,
        key: MasterKey,
        reach: Reach,
        longest_answer: Duration,
    ) -> Self {
        Self { database, actor, key, reach, longest_answer }
    }

    /// Works until it is told that the server stops, and then until what is on its way has arrived or not. While the
    /// database is away it waits for it.
    pub async fn run(self, is_stopping: watch::Receiver<bool>) {
        tokio::join!(self.tell(is_stopping.clone()), self.send(is_stopping));
    }

    async fn tell(&self, mut is_stopping: watch::Receiver<bool>) {
        let database = db::Settings { statement_timeout: LONGEST_STATEMENT, ..self.database.clone() };
        let session = Session::new(database, self.actor.clone(), "webhooks are told what happens");
        let (mut session, mut stopped) =
            (session.with_limit(LONGEST_ROUND).in_snapshots(), is_stopping.clone());
        while !*is_stopping.borrow() {
            let began = Instant::now();
            // What it was at is taken back.
            let done = tokio::select! {
                done = session.run(announce::round_today) => done,
                _ = stopped.wait_for(|is_stopping| *is_stopping) => return,
            };
            let outcome = if done.is_some() { "done" } else { "failed" };
            metrics::counter!("webhook_rounds_total", "outcome" => outcome).increment(1);
            // What went wrong has taken no work.
            let rest = done.map_or(PACE, |()| PACE.max(began.elapsed() * REST));
            stopped_or_after(Instant::now() + rest, &mut is_stopping).await;
        }
    }

    async fn send(&self, mut is_stopping: watch::Receiver<bool>) {
        let mut session =
            Session::new(self.database.clone(), self.actor.clone(), "webhooks are sent what is due");
        let mut sender = Sender::new(self.key.clone(), Client::new(self.reach.clone(), self.longest_answer));
        while !*is_stopping.borrow() {
            sender.note(&mut session).await;
            sender.send_what_is_due(&mut session).await;
            tokio::select! {
                true = sender.next_answer() => {}
                () = stopped_or_after(Instant::now() + PACE, &mut is_stopping) => {}
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
            // Nobody is left who could ask it to stop.
            if changed.is_err() {
                sleep(PACE).await;
            }
        }
    }
}
