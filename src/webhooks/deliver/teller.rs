//! What runs beside the server: it tells what happens and sends what is due, until it is asked to stop.

use std::collections::HashMap;
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use super::queries::{self, Claimed, Outcome};
use super::{Client, MasterKey, Reach, attempt, client, note};
use crate::db::{self, Actor, Error, pool};
use crate::values::Day;
use crate::webhooks::announce;

/// How often it looks whether there is something to tell or to send.
const PACE: Duration = Duration::from_secs(1);

/// Of its time it spends a tenth at most on finding out what is to be told.
const REST: u32 = 9;

/// How many messages are on their way to one webhook at once.
const FOR_EACH: i64 = 4;

/// Whoever took a delivery and has not said by then what became of it is gone.
const LEASE: Duration = client::LONGEST.saturating_add(Duration::from_secs(5));

/// Tells and sends.
pub struct Teller {
    database: db::Settings,
    actor: Actor,
    key: MasterKey,
    client: Client,
}

/// Messages on their way.
#[derive(Default)]
struct UnderWay {
    attempts: JoinSet<(Claimed, Outcome)>,
    /// How many there are to each webhook.
    by_webhook: HashMap<Uuid, usize>,
}

impl Teller {
    /// A teller on a connection of its own, which it acts on as this actor.
    pub fn new(database: db::Settings, actor: Actor, key: MasterKey, reach: Reach) -> Self {
        Self { database, actor, key, client: Client::new(reach) }
    }

    /// Works until it is told that the server stops, and then until what is on its way has arrived or not. While the
    /// database is away it waits for it.
    pub async fn run(self, mut is_stopping: watch::Receiver<bool>) {
        let mut is_away = false;
        while !*is_stopping.borrow() {
            let done = self.work(&mut is_stopping, &mut is_away).await;
            if let Err(error) = done
                && !is_away
            {
                is_away = true;
                tracing::warn!(%error, "webhooks are told nothing for now");
            }
            stopped_or_after(Instant::now() + PACE, &mut is_stopping).await;
        }
    }

    async fn work(&self, is_stopping: &mut watch::Receiver<bool>, is_away: &mut bool) -> Result<(), Error> {
        let away = |error: diesel::ConnectionError| Error::Away(error.to_string());
        let mut conn =
            pool::connect(self.database.url.clone(), self.database.statement_timeout).await.map_err(away)?;
        let conn = &mut conn;
        self.actor.acts(conn).await?;
        let mut under_way = UnderWay::default();
        let mut next_round = Instant::now();
        while !*is_stopping.borrow() {
            if Instant::now() >= next_round {
                let began = Instant::now();
                announce::round(conn, Day::today()).await?;
                next_round = Instant::now() + PACE.max(began.elapsed() * REST);
                *is_away = false;
            }
            self.send_what_is_due(conn, &mut under_way).await?;
            let next_look = next_round.min(Instant::now() + PACE);
            tokio::select! {
                Some(done) = under_way.attempts.join_next() => under_way.note(conn, done).await?,
                () = stopped_or_after(next_look, is_stopping) => {}
            }
        }
        while let Some(done) = under_way.attempts.join_next().await {
            under_way.note(conn, done).await?;
        }
        Ok(())
    }

    async fn send_what_is_due(
        &self,
        conn: &mut AsyncPgConnection,
        under_way: &mut UnderWay,
    ) -> Result<(), Error> {
        let busy: Vec<Uuid> = under_way.by_webhook.keys().copied().collect();
        for claimed in queries::claim(conn, &busy, FOR_EACH, LEASE).await? {
            *under_way.by_webhook.entry(claimed.webhook_id).or_default() += 1;
            under_way.attempts.spawn(attempt(self.client.clone(), self.key.clone(), claimed));
        }
        Ok(())
    }
}

impl UnderWay {
    async fn note(
        &mut self,
        conn: &mut AsyncPgConnection,
        done: Result<(Claimed, Outcome), JoinError>,
    ) -> Result<(), Error> {
        let (claimed, outcome) = done.map_err(|error| Error::Internal(error.to_string()))?;
        if let Some(left) = self.by_webhook.get_mut(&claimed.webhook_id) {
            *left -= 1;
            if *left == 0 {
                self.by_webhook.remove(&claimed.webhook_id);
            }
        }
        note(conn, &claimed, &outcome).await
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
