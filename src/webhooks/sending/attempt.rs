//! One delivery attempt. Sends a message and stores the outcome.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use diesel_async::AsyncPgConnection;

use super::client::{Client, Message, ResponseHead};
use super::queries::{self, AttemptResult, LeasedDelivery};
use super::schedule;
use crate::db::{self, Error};
use crate::webhooks::deliveries::model::{DeliveryFault, DeliveryStatus};
use crate::webhooks::model::DisabledReason;
use crate::webhooks::signing::MasterKey;

/// The HTTP status with which a receiver unsubscribes from a webhook: 410 Gone.
const GONE: u16 = 410;

/// The maximum number of signatures in one message. If a webhook has more valid secrets, only the
/// newest secrets sign.
const MAX_SIGNATURES: usize = 9;

pub(super) async fn attempt(
    client: Client,
    key: MasterKey,
    leased: LeasedDelivery,
) -> (LeasedDelivery, AttemptResult) {
    let began = Instant::now();
    let response = client.post(sign_message(&key, &leased)).await;
    let outcome = outcome(&leased, response);
    let outcome_word = outcome.status.as_str();
    crate::telemetry::counter!("webhook_attempts_total", "outcome" => outcome_word).increment(1);
    tracing::info!(
        webhook_id = %leased.webhook_id,
        event_id = %leased.event_id,
        event_type = leased.event_type.as_str(),
        attempt_number = leased.attempts,
        status_code = outcome.status_code,
        fault = outcome.fault.map(DeliveryFault::as_str),
        outcome = outcome_word,
        elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "webhook delivery attempted"
    );
    (leased, outcome)
}

/// Returns the HTTP message for a delivery, signed with the current time.
fn sign_message<'l>(key: &MasterKey, leased: &'l LeasedDelivery) -> Message<'l> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let generations = (leased.signs_from_generation..=leased.secret_generation).rev();
    let sign = |generation| key.sign((leased.webhook_id, generation), leased.event_id, now, &leased.content);
    let signatures: Vec<String> = generations.take(MAX_SIGNATURES).map(sign).collect();
    Message {
        url: &leased.url,
        headers: [
            ("webhook-id", leased.event_id.to_string()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ],
        body: leased.content.clone(),
    }
}

/// Returns the outcome of a delivery attempt: delivered, pending with a backoff, or failed.
fn outcome(leased: &LeasedDelivery, response: Result<ResponseHead, DeliveryFault>) -> AttemptResult {
    let status_code = response.as_ref().ok().map(|response| response.status.as_u16());
    let retry_after = response.as_ref().ok().and_then(|response| response.retry_after);
    let fault = match &response {
        Ok(response) if response.status.is_success() => None,
        Ok(_) => Some(DeliveryFault::Refused),
        Err(fault) => Some(*fault),
    };
    let may_retry = fault.is_some() && status_code != Some(GONE);
    let spread = leased.id.as_bytes()[15];
    let backoff = may_retry.then(|| schedule::backoff(leased.attempts, spread, retry_after)).flatten();
    let status = match (fault, backoff) {
        (None, _) => DeliveryStatus::Delivered,
        (_, Some(_)) => DeliveryStatus::Pending,
        (_, None) => DeliveryStatus::Failed,
    };
    AttemptResult { status, status_code, fault, backoff }
}

/// Stores the outcome of a delivery attempt. Disables the webhook if the receiver responds with
/// 410, or if no delivery has succeeded for five days.
pub(super) async fn store_outcome(
    conn: &mut AsyncPgConnection,
    leased: &LeasedDelivery,
    outcome: &AttemptResult,
) -> Result<(), Error> {
    let reason = match (outcome.status, outcome.status_code) {
        (DeliveryStatus::Failed, Some(GONE)) => Some(DisabledReason::Gone),
        (DeliveryStatus::Failed, _) => Some(DisabledReason::Failing),
        _ => None,
    };
    let disabled = db::in_transaction(conn, async |conn| {
        let is_ours = queries::store_outcome(conn, leased, outcome).await?;
        match reason {
            Some(reason) if is_ours => {
                Ok::<_, Error>(queries::disable(conn, leased, reason).await?.then_some(reason))
            }
            _ => Ok(None),
        }
    });
    if let Some(reason) = disabled.await? {
        tracing::warn!(webhook_id = %leased.webhook_id, disabled_reason = reason.as_str(), "webhook disabled");
    }
    Ok(())
}
