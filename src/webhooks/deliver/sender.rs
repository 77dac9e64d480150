//! Messages on their way: taken, sent side by side, and written down as the answers come.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use super::queries::{self, Claimed, Outcome, Share};
use super::{Client, MasterKey, attempt, note};
use crate::webhooks::queries::is_our_key;
use crate::webhooks::session::Session;

/// How many messages are on their way to one webhook at once.
const FOR_EACH: i64 = 4;

/// How much longer than an answer may take a delivery stays with the server that took it. A server that has not recorded
/// the outcome by then is gone.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Takes what is due, sends it and writes down what became of it.
pub struct Sender {
    key: MasterKey,
    fingerprint: String,
    has_key: bool,
    client: Client,
    attempts: JoinSet<(Claimed, Outcome)>,
    /// To which webhook each attempt goes.
    webhooks: HashMap<Id, Uuid>,
    /// What became of attempts, as far as it is not written down.
    outcomes: Vec<(Claimed, Outcome)>,
}

impl Sender {
    /// A sender with nothing on its way.
    pub fn new(key: MasterKey, client: Client) -> Self {
        let (fingerprint, attempts) = (key.fingerprint(), JoinSet::new());
        Self {
            key,
            fingerprint,
            has_key: true,
            client,
            attempts,
            webhooks: HashMap::new(),
            outcomes: Vec::new(),
        }
    }

    /// Takes what is due and sends it.
    pub async fn send_what_is_due(&mut self, session: &mut Session) {
        let mut busy: HashMap<Uuid, i64> = HashMap::new();
        for webhook in self.webhooks.values() {
            *busy.entry(*webhook).or_default() += 1;
        }
        let lease = self.client.longest_answer().saturating_add(LEASE_MARGIN);
        let share = Share { busy: &busy, for_each: FOR_EACH, lease, fingerprint: &self.fingerprint };
        let claimed = session.run(async |conn| queries::claim(conn, share).await).await;
        let claimed = claimed.unwrap_or_default();
        if claimed.is_empty() {
            self.check_key(session).await;
        }
        for claimed in claimed {
            let webhook = claimed.webhook_id;
            let attempt = self.attempts.spawn(attempt(self.client.clone(), self.key.clone(), claimed));
            self.webhooks.insert(attempt.id(), webhook);
        }
    }

    /// With another key than the one that the webhooks' secrets are made of nothing is ever due here, which is said once.
    async fn check_key(&mut self, session: &mut Session) {
        let asked = session.run(async |conn| is_our_key(conn, &self.fingerprint).await).await;
        let Some(is_ours) = asked else { return };
        if !is_ours && self.has_key {
            tracing::error!(
                "nothing is sent from here: keys/webhooks.key is not the key that webhooks' secrets are made of"
            );
        }
        self.has_key = is_ours;
    }

    /// Waits for the next answer; says whether anything is on its way.
    pub async fn next_answer(&mut self) -> bool {
        let Some(done) = self.attempts.join_next_with_id().await else { return false };
        match done {
            Ok((id, outcome)) => {
                self.webhooks.remove(&id);
                self.outcomes.push(outcome);
            }
            // It panicked, which is in the log, and is sent again when its time is over.
            Err(error) => {
                self.webhooks.remove(&error.id());
            }
        }
        true
    }

    /// Writes down what became of attempts; what cannot be written just now is kept for the next time.
    pub async fn note(&mut self, session: &mut Session) {
        while let Some((claimed, outcome)) = self.outcomes.last() {
            if session.run(async |conn| note(conn, claimed, outcome).await).await.is_none() {
                return;
            }
            self.outcomes.pop();
        }
    }
}
