//! The statements that send deliveries on their way.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Uuid as SqlUuid};
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
    /// Whether the secret before it still signs as well.
    #[diesel(sql_type = Bool)]
    pub is_secret_new: bool,
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

/// Takes what is due, so many for each webhook that is not busy, for such a time.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    busy: &[Uuid],
    for_each: i64,
    lease: Duration,
) -> Result<Vec<Claimed>, Error> {
    let claimed = sql_query(include_str!("sql/claim.sql"))
        .bind::<Array<SqlUuid>, _>(busy)
        .bind::<BigInt, _>(for_each)
        .bind::<Double, _>(lease.as_secs_f64());
    Ok(claimed.load(conn).await?)
}

/// Writes down what became of an attempt.
pub async fn note(conn: &mut AsyncPgConnection, claimed: &Claimed, outcome: &Outcome) -> Result<(), Error> {
    sql_query(include_str!("sql/note.sql"))
        .bind::<SqlUuid, _>(claimed.id)
        .bind::<BigInt, _>(claimed.version)
        .bind::<Text, _>(outcome.status)
        .bind::<Nullable<Integer>, _>(outcome.status_code.map(i32::from))
        .bind::<Nullable<Text>, _>(outcome.fault)
        .bind::<Nullable<Double>, _>(outcome.pause.map(|pause| pause.as_secs_f64()))
        .execute(conn)
        .await?;
    Ok(())
}

/// Disables a webhook for this reason, where it holds.
pub async fn disable(
    conn: &mut AsyncPgConnection,
    webhook: Uuid,
    reason: DisabledReason,
) -> Result<bool, Error> {
    let disabled =
        sql_query(include_str!("sql/disable.sql")).bind::<SqlUuid, _>(webhook).bind::<Text, _>(reason);
    Ok(disabled.execute(conn).await? > 0)
}
