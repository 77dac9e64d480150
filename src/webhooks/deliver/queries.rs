//! The SQL statements of delivery attempts.

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
use crate::webhooks::events::EventType;
use crate::webhooks::model::DisabledReason;

/// A delivery that this server has leased.
#[derive(Debug, Clone, QueryableByName)]
pub struct LeasedDelivery {
    /// The id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The webhook's id.
    #[diesel(sql_type = SqlUuid)]
    pub webhook_id: Uuid,
    /// The event's id.
    #[diesel(sql_type = SqlUuid)]
    pub event_id: Uuid,
    /// The number of attempts, including this one.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// The version of the delivery since it was leased.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    /// The address.
    #[diesel(sql_type = Text)]
    pub url: Url,
    /// The generation of the webhook's secret.
    #[diesel(sql_type = Integer)]
    pub secret_generation: i32,
    /// The oldest generation whose secret still signs.
    #[diesel(sql_type = Integer)]
    pub signs_from_generation: i32,
    /// The event's type.
    #[diesel(sql_type = Text)]
    pub event_type: EventType,
    /// The event's message.
    #[diesel(sql_type = Text)]
    pub content: String,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct AttemptResult {
    /// The new status of the delivery.
    pub status: DeliveryStatus,
    /// The status code of the response.
    pub status_code: Option<u16>,
    /// Why the attempt failed.
    pub fault: Option<DeliveryFault>,
    /// The time until the next attempt.
    pub backoff: Option<Duration>,
}

/// The limits of a lease.
#[derive(Debug, Clone, Copy)]
pub struct LeaseLimits<'s> {
    /// The number of attempts in progress, by webhook.
    pub busy: &'s HashMap<Uuid, i64>,
    /// The maximum number of concurrent attempts for one webhook.
    pub max_per_webhook: i64,
    /// The duration of the lease.
    pub lease: Duration,
    /// The fingerprint of this server's key. If the secrets are derived from another key, no
    /// delivery is leased.
    pub fingerprint: &'s str,
}

/// Leases the deliveries that are due.
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

/// Stores the outcome of an attempt, unless the delivery has been leased again. Returns whether it
/// was stored.
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

/// Disables the webhook of an attempt if the conditions of the reason are met. Returns whether it
/// was disabled.
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
