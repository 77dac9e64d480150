//! SQL statements that lease webhook deliveries and store the outcomes of delivery attempts.

use std::collections::HashMap;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::Error;
use crate::values::Url;
use crate::webhooks::deliveries::model::{DeliveryFault, DeliveryStatus};
use crate::webhooks::event_types::EventType;
use crate::webhooks::model::DisabledReason;

#[derive(Debug, Clone, QueryableByName)]
pub struct LeasedDelivery {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub webhook_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub event_id: Uuid,
    /// The number of delivery attempts since the delivery was created or replayed. It includes the
    /// attempt that follows this lease.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// The version of the delivery's row that the lease wrote. A later lease writes another
    /// version.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    #[diesel(sql_type = Text)]
    pub url: Url,
    #[diesel(sql_type = Integer)]
    pub secret_generation: i32,
    /// The number of the oldest secret that still signs messages.
    #[diesel(sql_type = Integer)]
    pub signs_from_generation: i32,
    #[diesel(sql_type = Text)]
    pub event_type: EventType,
    #[diesel(sql_type = Text)]
    pub content: String,
}

#[derive(Debug, Clone, Copy)]
pub struct AttemptResult {
    pub status: DeliveryStatus,
    pub status_code: Option<u16>,
    pub fault: Option<DeliveryFault>,
    /// The time until the next delivery attempt. `None` if no attempt follows.
    pub backoff: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
pub struct LeaseLimits<'s> {
    /// The number of this server's delivery attempts in progress, by webhook.
    pub busy: &'s HashMap<Uuid, i64>,
    pub max_per_webhook: i64,
    pub lease: Duration,
    /// The fingerprint of this server's webhook key. If the webhook secrets are derived from
    /// another key, no delivery is leased.
    pub fingerprint: &'s str,
}

pub async fn lease(
    conn: &mut AsyncPgConnection,
    limits: LeaseLimits<'_>,
) -> Result<Vec<LeasedDelivery>, Error> {
    let (webhooks, attempts): (Vec<Uuid>, Vec<i64>) = limits.busy.iter().map(|(id, n)| (*id, *n)).unzip();
    let leased = sql_query(include_str!("sql/lease.sql"))
        .bind::<Array<SqlUuid>, _>(webhooks)
        .bind::<Array<BigInt>, _>(attempts)
        .bind::<BigInt, _>(limits.max_per_webhook)
        .bind::<Double, _>(limits.lease.as_secs_f64())
        .bind::<Text, _>(limits.fingerprint);
    Ok(leased.load(conn).await?)
}

/// Stores the outcome of a delivery attempt, and returns true. Returns false and stores nothing if
/// the delivery has been leased again since.
pub async fn store_outcome(
    conn: &mut AsyncPgConnection,
    leased: &LeasedDelivery,
    outcome: &AttemptResult,
) -> Result<bool, Error> {
    let stored = sql_query(include_str!("sql/store_outcome.sql"))
        .bind::<SqlUuid, _>(leased.id)
        .bind::<BigInt, _>(leased.version)
        .bind::<Text, _>(outcome.status)
        .bind::<Nullable<Integer>, _>(outcome.status_code.map(i32::from))
        .bind::<Nullable<Text>, _>(outcome.fault)
        .bind::<Nullable<Double>, _>(outcome.backoff.map(|backoff| backoff.as_secs_f64()))
        .execute(conn)
        .await?;
    Ok(stored > 0)
}

/// Disables a webhook after a failed delivery, if the conditions of `reason` are met. Returns
/// whether it disabled the webhook.
pub async fn disable(
    conn: &mut AsyncPgConnection,
    leased: &LeasedDelivery,
    reason: DisabledReason,
) -> Result<bool, Error> {
    let disabled = sql_query(include_str!("sql/disable.sql"))
        .bind::<SqlUuid, _>(leased.webhook_id)
        .bind::<Text, _>(reason)
        .bind::<Text, _>(&leased.url);
    Ok(disabled.execute(conn).await? > 0)
}
