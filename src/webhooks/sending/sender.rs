//! Sends webhook deliveries concurrently and stores their outcomes as the responses arrive.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use uuid::Uuid;

use super::Client;
use super::attempt::{attempt, store_outcome};
use super::queries::{self, AttemptResult, LeaseLimits, LeasedDelivery};
use crate::webhooks::queries::is_our_key;
use crate::webhooks::session::Session;
use crate::webhooks::signing::MasterKey;

const MAX_ATTEMPTS_PER_WEBHOOK: i64 = 4;

/// The time by which the lease of a delivery is longer than the timeout for a response. If a server
/// has not stored the outcome by the end of the lease, another server sends the message again.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

pub struct Sender {
    key: MasterKey,
    fingerprint: String,
    has_key: bool,
    client: Client,
    attempts: JoinSet<(LeasedDelivery, AttemptResult)>,
    /// The webhook's id for each delivery attempt in progress, by task id.
    webhooks: HashMap<Id, Uuid>,
    outcomes: Vec<(LeasedDelivery, AttemptResult)>,
}

impl Sender {
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

    pub async fn send_due(&mut self, session: &mut Session) {
        let mut busy: HashMap<Uuid, i64> = HashMap::new();
        for webhook in self.webhooks.values() {
            *busy.entry(*webhook).or_default() += 1;
        }
        let lease = self.client.response_timeout().saturating_add(LEASE_MARGIN);
        let limits = LeaseLimits {
            busy: &busy,
            max_per_webhook: MAX_ATTEMPTS_PER_WEBHOOK,
            lease,
            fingerprint: &self.fingerprint,
        };
        let leased = session.run(async |conn| queries::lease(conn, limits).await).await;
        let leased = leased.unwrap_or_default();
        if leased.is_empty() {
            self.check_key(session).await;
        }
        for leased in leased {
            let webhook = leased.webhook_id;
            let attempt = self.attempts.spawn(attempt(self.client.clone(), self.key.clone(), leased));
            self.webhooks.insert(attempt.id(), webhook);
        }
    }

    /// Logs an error once if the webhook secrets are derived from a webhook key that is not this
    /// server's. Such a server leases no deliveries.
    async fn check_key(&mut self, session: &mut Session) {
        let is_ours = session.run(async |conn| is_our_key(conn, &self.fingerprint).await).await;
        let Some(is_ours) = is_ours else { return };
        if !is_ours && self.has_key {
            tracing::error!(
                "webhook deliveries stopped because the webhooks' secrets are derived from another key than keys/webhooks.key"
            );
        }
        self.has_key = is_ours;
    }

    /// Waits until a delivery attempt in progress ends. Returns `false` if no attempt is in
    /// progress.
    pub async fn wait_for_attempt(&mut self) -> bool {
        let Some(done) = self.attempts.join_next_with_id().await else { return false };
        match done {
            Ok((id, outcome)) => {
                self.webhooks.remove(&id);
                self.outcomes.push(outcome);
            }
            // The delivery attempt panicked, and the panic hook has logged the panic. The delivery
            // is sent again when its lease ends.
            Err(error) => {
                self.webhooks.remove(&error.id());
            }
        }
        true
    }

    /// Stores the outcomes of ended delivery attempts. Outcomes that cannot be stored are kept for
    /// the next call.
    pub async fn store_outcomes(&mut self, session: &mut Session) {
        while let Some((leased, outcome)) = self.outcomes.last() {
            if session.run(async |conn| store_outcome(conn, leased, outcome).await).await.is_none() {
                return;
            }
            self.outcomes.pop();
        }
    }
}
