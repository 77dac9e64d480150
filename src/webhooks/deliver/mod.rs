//! Sends deliveries: a server leases those that are due, sends them and stores the results. A
//! message is sent at least once: if a server is killed before it stores the result, a server sends
//! the message again after the lease.

mod client;
pub mod queries;
mod reach;
mod schedule;
pub mod sender;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use diesel_async::AsyncPgConnection;

use self::client::{Answered, Message};
use self::queries::{AttemptResult, Claimed};
use super::deliveries::model::{DeliveryFault, DeliveryStatus};
use super::model::DisabledReason;
use super::signing::MasterKey;
use crate::db::{self, Error};
pub use client::{Client, LONGEST_ANSWER};
pub use reach::Reach;

/// The status with which a receiver unsubscribes: 410 Gone.
const GONE: u16 = 410;

/// The maximum number of signatures of a message, for webhooks whose secret was renewed often
/// within a day. The newest secrets sign.
const MOST_SIGNATURES: usize = 9;

/// Makes one delivery attempt.
async fn attempt(client: Client, key: MasterKey, claimed: Claimed) -> (Claimed, AttemptResult) {
    let began = Instant::now();
    let answered = client.post(signed(&key, &claimed)).await;
    let outcome = outcome(&claimed, answered);
    let outcome_word = outcome.status.as_str();
    crate::telemetry::counter!("webhook_attempts_total", "outcome" => outcome_word).increment(1);
    tracing::info!(
        webhook_id = %claimed.webhook_id,
        event_id = %claimed.event_id,
        event_type = claimed.event_type.as_str(),
        attempt = claimed.attempts,
        status_code = outcome.status_code,
        fault = outcome.fault.map(DeliveryFault::as_str),
        outcome = outcome_word,
        elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "webhook delivery attempted"
    );
    (claimed, outcome)
}

/// Returns the message, signed with the current time.
fn signed<'c>(key: &MasterKey, claimed: &'c Claimed) -> Message<'c> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let generations = (claimed.signs_from_generation..=claimed.secret_generation).rev();
    let sign =
        |generation| key.sign((claimed.webhook_id, generation), claimed.event_id, now, &claimed.content);
    let signatures: Vec<String> = generations.take(MOST_SIGNATURES).map(sign).collect();
    Message {
        url: &claimed.url,
        headers: [
            ("webhook-id", claimed.event_id.to_string()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ],
        body: claimed.content.clone(),
    }
}

/// Returns the outcome of an attempt from its response or fault.
fn outcome(claimed: &Claimed, answered: Result<Answered, DeliveryFault>) -> AttemptResult {
    let status_code = answered.as_ref().ok().map(|answered| answered.status.as_u16());
    let retry_after = answered.as_ref().ok().and_then(|answered| answered.retry_after);
    let fault = match &answered {
        Ok(answered) if answered.status.is_success() => None,
        Ok(_) => Some(DeliveryFault::Refused),
        Err(fault) => Some(*fault),
    };
    let is_wanted = fault.is_some() && status_code != Some(GONE);
    let spread = claimed.id.as_bytes()[15];
    let pause = is_wanted.then(|| schedule::pause(claimed.attempts, spread, retry_after)).flatten();
    let status = match (fault, pause) {
        (None, _) => DeliveryStatus::Delivered,
        (_, Some(_)) => DeliveryStatus::Pending,
        (_, None) => DeliveryStatus::Failed,
    };
    AttemptResult { status, status_code, fault, pause }
}

/// Stores the outcome of an attempt. Disables the webhook if the receiver answered 410 or
/// deliveries keep failing.
async fn note(conn: &mut AsyncPgConnection, claimed: &Claimed, outcome: &AttemptResult) -> Result<(), Error> {
    let reason = match (outcome.status, outcome.status_code) {
        (DeliveryStatus::Failed, Some(GONE)) => Some(DisabledReason::Gone),
        (DeliveryStatus::Failed, _) => Some(DisabledReason::Failing),
        _ => None,
    };
    let disabled = db::in_transaction(conn, async |conn| {
        let is_ours = queries::note(conn, claimed, outcome).await?;
        match reason {
            Some(reason) if is_ours => {
                Ok::<_, Error>(queries::disable(conn, claimed, reason).await?.then_some(reason))
            }
            _ => Ok(None),
        }
    });
    if let Some(reason) = disabled.await? {
        tracing::warn!(webhook_id = %claimed.webhook_id, reason = reason.as_str(), "webhook disabled");
    }
    Ok(())
}
