//! Sends deliveries concurrently and stores the outcomes as the responses arrive.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use super::queries::{self, AttemptResult, Claimed, Share};
use super::{Client, MasterKey, attempt, note};
use crate::webhooks::queries::is_our_key;
use crate::webhooks::session::Session;

/// The maximum number of concurrent attempts for one webhook.
const FOR_EACH: i64 = 4;

/// How much longer a lease lasts than the timeout for a response. A server that has not stored the
/// outcome by then is considered dead.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Leases deliveries that are due, sends them and stores the outcomes.
pub struct Sender {
    key: MasterKey,
    fingerprint: String,
    has_key: bool,
    client: Client,
    attempts: JoinSet<(Claimed, AttemptResult)>,
    /// The webhook of each attempt in progress.
    webhooks: HashMap<Id, Uuid>,
    /// Outcomes that are not stored yet.
    outcomes: Vec<(Claimed, AttemptResult)>,
}

impl Sender {
    /// Creates a sender without attempts in progress.
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

    /// Leases the deliveries that are due and starts to send them.
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

    /// Logs once if the webhooks' secrets are derived from another key than this server's. Such a
    /// server leases nothing.
    async fn check_key(&mut self, session: &mut Session) {
        let asked = session.run(async |conn| is_our_key(conn, &self.fingerprint).await).await;
        let Some(is_ours) = asked else { return };
        if !is_ours && self.has_key {
            tracing::error!(
                "webhook deliveries stopped: keys/webhooks.key is not the key of the webhooks' secrets"
            );
        }
        self.has_key = is_ours;
    }

    /// Waits until an attempt in progress ends. Returns `false` if there is none.
    pub async fn next_answer(&mut self) -> bool {
        let Some(done) = self.attempts.join_next_with_id().await else { return false };
        match done {
            Ok((id, outcome)) => {
                self.webhooks.remove(&id);
                self.outcomes.push(outcome);
            }
            // The attempt panicked. The panic hook logs it, and the delivery is sent again after
            // the lease.
            Err(error) => {
                self.webhooks.remove(&error.id());
            }
        }
        true
    }

    /// Stores the outcomes of attempts. Outcomes that cannot be stored are kept for the next call.
    pub async fn note(&mut self, session: &mut Session) {
        while let Some((claimed, outcome)) = self.outcomes.last() {
            if session.run(async |conn| note(conn, claimed, outcome).await).await.is_none() {
                return;
            }
            self.outcomes.pop();
        }
    }
}
