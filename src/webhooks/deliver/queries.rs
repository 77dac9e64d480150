//! The statements that send deliveries on their way.

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

/// A delivery that is being tried.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The webhook.
    #[diesel(sql_type = SqlUuid)]
    pub webhook_id: Uuid,
    /// The event.
    #[diesel(sql_type = SqlUuid)]
    pub event_id: Uuid,
    /// How often it was tried, this time included.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// Its version since it was taken.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    /// Where to.
    #[diesel(sql_type = Text)]
    pub url: Url,
    /// The generation of the webhook's secret.
    #[diesel(sql_type = Integer)]
    pub secret_generation: i32,
    /// The oldest generation that signs as well.
    #[diesel(sql_type = Integer)]
    pub signs_from_generation: i32,
    /// What happened.
    #[diesel(sql_type = Text)]
    pub event_type: EventType,
    /// The message.
    #[diesel(sql_type = Text)]
    pub content: String,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// How far the event is on its way now.
    pub status: DeliveryStatus,
    /// The status that was answered.
    pub status_code: Option<u16>,
    /// What went wrong.
    pub fault: Option<DeliveryFault>,
    /// When it is tried again.
    pub pause: Option<Duration>,
}

/// What to take.
#[derive(Debug, Clone, Copy)]
pub struct Share<'s> {
    /// How many messages are on their way just now, to each webhook.
    pub busy: &'s HashMap<Uuid, i64>,
    /// How many there may be.
    pub for_each: i64,
    /// For how long it is taken.
    pub lease: Duration,
    /// What our key is known by: with another one nothing is taken.
    pub fingerprint: &'s str,
}

/// Takes what is due.
pub async fn claim(conn: &mut AsyncPgConnection, share: Share<'_>) -> Result<Vec<Claimed>, Error> {
    let (webhooks, attempts): (Vec<Uuid>, Vec<i64>) = share.busy.iter().map(|(id, n)| (*id, *n)).unzip();
    let claimed = sql_query(include_str!("sql/claim.sql"))
        .bind::<Array<SqlUuid>, _>(webhooks)
        .bind::<Array<BigInt>, _>(attempts)
        .bind::<BigInt, _>(share.for_each)
        .bind::<Double, _>(share.lease.as_secs_f64())
        .bind::<Text, _>(share.fingerprint);
    Ok(claimed.load(conn).await?)
}

/// Writes down what became of an attempt, unless somebody has taken the delivery since; says whether it was written.
pub async fn note(conn: &mut AsyncPgConnection, claimed: &Claimed, outcome: &Outcome) -> Result<bool, Error> {
    let noted = sql_query(include_str!("sql/note.sql"))
        .bind::<SqlUuid, _>(claimed.id)
        .bind::<BigInt, _>(claimed.version)
        .bind::<Text, _>(outcome.status)
        .bind::<Nullable<Integer>, _>(outcome.status_code.map(i32::from))
        .bind::<Nullable<Text>, _>(outcome.fault)
        .bind::<Nullable<Double>, _>(outcome.pause.map(|pause| pause.as_secs_f64()))
        .execute(conn)
        .await?;
    Ok(noted > 0)
}

/// Disables the webhook of an attempt for this reason, where it holds.
pub async fn disable(
    conn: &mut AsyncPgConnection,
    claimed: &Claimed,
    reason: DisabledReason,
) -> Result<bool, Error> {
    let disabled = sql_query(include_str!("sql/disable.sql"))
        .bind::<SqlUuid, _>(claimed.webhook_id)
        .bind::<Text, _>(reason)
        .bind::<Text, _>(&claimed.url);
    Ok(disabled.execute(conn).await? > 0)
}
