//! SQL statements for webhook events and deliveries. `sending::queries` contains the statements for
//! delivery attempts.

use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{select, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{WebhookDelivery, WebhookDeliveryFilter};
use crate::db::schema::{webhook_deliveries, webhook_events};
use crate::db::sql::fixed;
use crate::db::{Error, PageRequest};
use crate::values::Instant;
use crate::webhooks::event_types::{Event, EventOccurrence, Ping};
use crate::webhooks::model::NewWebhookReplay;
use crate::webhooks::queries as webhooks;

/// Returns a page of deliveries, and one more row if another page follows.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &WebhookDeliveryFilter,
    page: &PageRequest,
) -> Result<Vec<WebhookDelivery>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(WebhookDelivery::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &WebhookDeliveryFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching(
    filter: &WebhookDeliveryFilter,
    page: &PageRequest,
) -> webhook_deliveries::BoxedQuery<'static, Pg> {
    let mut query = webhook_deliveries::table.into_boxed();
    if let Some(webhook) = filter.webhook_id {
        query = query.filter(webhook_deliveries::webhook_id.eq(webhook));
    }
    if let Some(event) = filter.event_id {
        query = query.filter(webhook_deliveries::event_id.eq(event));
    }
    if let Some(event_type) = filter.event_type {
        let of_type = webhook_events::table.filter(webhook_events::event_type.eq(event_type));
        query = query.filter(webhook_deliveries::event_id.eq_any(of_type.select(webhook_events::id)));
    }
    if let Some(status) = filter.status {
        query = query.filter(webhook_deliveries::status.eq(status));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(webhook_deliveries::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<WebhookDelivery, Error> {
    Ok(webhook_deliveries::table.find(id).select(WebhookDelivery::as_select()).get_result(conn).await?)
}

pub async fn create_events(
    conn: &mut AsyncPgConnection,
    occurrences: &[EventOccurrence],
) -> Result<(), Error> {
    if occurrences.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = occurrences.iter().map(|_| Uuid::now_v7()).collect();
    let types: Vec<&str> =
        occurrences.iter().map(|occurrence| occurrence.event.event_type().as_str()).collect();
    let instants: Vec<Instant> = occurrences.iter().map(|occurrence| occurrence.at).collect();
    let transactions: Vec<Option<i64>> =
        occurrences.iter().map(|occurrence| occurrence.transaction).collect();
    let contents = occurrences.iter().map(|occurrence| content(&occurrence.event, occurrence.at));
    let contents = contents.collect::<Result<Vec<_>, _>>()?;
    sql_query(include_str!("sql/create_events.sql"))
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Text>, _>(types)
        .bind::<Array<Timestamptz>, _>(instants)
        .bind::<Array<Text>, _>(contents)
        .bind::<Array<Nullable<BigInt>>, _>(transactions)
        .execute(conn)
        .await
        .map_err(Error::writing("webhook_deliveries"))?;
    Ok(())
}

fn content(event: &Event, at: Instant) -> Result<String, Error> {
    event.content(at).map_err(|error| Error::Internal(error.to_string()))
}

/// Creates a ping event for a webhook, and returns the event's delivery. Fails with 409
/// `webhook_disabled` if the webhook is disabled.
pub async fn ping(conn: &mut AsyncPgConnection, webhook: Uuid) -> Result<WebhookDelivery, Error> {
    check_enabled(conn, webhook).await?;
    let (event, at) = (Uuid::now_v7(), select(fixed::<Timestamptz>("now()")).get_result(conn).await?);
    let ping = Event::WebhookPing(Ping { webhook_id: webhook });
    sql_query(include_str!("sql/ping.sql"))
        .bind::<SqlUuid, _>(event)
        .bind::<Text, _>(content(&ping, at)?)
        .bind::<SqlUuid, _>(webhook)
        .execute(conn)
        .await
        .map_err(Error::writing("webhook_deliveries"))?;
    let found = webhook_deliveries::table.filter(webhook_deliveries::event_id.eq(event));
    Ok(found.select(WebhookDelivery::as_select()).get_result(conn).await?)
}

/// Creates or restarts the deliveries that a webhook replay selects. Returns their number. Fails
/// with 409 `webhook_disabled` if the webhook is disabled.
pub async fn replay(
    conn: &mut AsyncPgConnection,
    webhook: Uuid,
    replay: &NewWebhookReplay,
) -> Result<i64, Error> {
    check_enabled(conn, webhook).await?;
    let replayed = sql_query(include_str!("sql/replay.sql"))
        .bind::<SqlUuid, _>(webhook)
        .bind::<Timestamptz, _>(replay.since_at)
        .bind::<Nullable<Timestamptz>, _>(replay.before_at)
        .bind::<Nullable<Array<SqlUuid>>, _>(replay.event_ids.as_ref())
        .bind::<Bool, _>(replay.failed_only.unwrap_or(true))
        .execute(conn)
        .await
        .map_err(Error::writing("webhook_deliveries"))?;
    Ok(i64::try_from(replayed).unwrap_or(i64::MAX))
}

async fn check_enabled(conn: &mut AsyncPgConnection, webhook: Uuid) -> Result<(), Error> {
    if webhooks::get(conn, webhook).await?.enabled {
        return Ok(());
    }
    Err(Error::conflict("webhook_disabled", "The webhook is disabled. Enable the webhook first."))
}

/// Deletes events that are older than thirty days, with their deliveries. Keeps events with a
/// pending delivery to an enabled webhook.
pub async fn purge_expired(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    let sql = "DELETE FROM webhook_events e WHERE e.occurred_at < now() - interval '30 days'
               AND NOT EXISTS (SELECT FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
                               WHERE d.event_id = e.id AND d.status = 'pending' AND w.enabled)";
    Ok(sql_query(sql).execute(conn).await?)
}
