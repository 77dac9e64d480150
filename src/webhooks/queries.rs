//! All the SQL of webhooks themselves.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewWebhook, Webhook, WebhookFilter, WebhookPatch};
use crate::db::schema::webhooks;
use crate::db::{Error, Window, write};

/// A page of webhooks, and one row more if there is one.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &WebhookFilter,
    window: &Window,
) -> Result<Vec<Webhook>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, window), window)?;
    Ok(query.select(Webhook::as_select()).load(conn).await?)
}

/// How many webhooks match.
pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &WebhookFilter,
    window: &Window,
) -> Result<i64, Error> {
    Ok(matching(filter, window).count().get_result(conn).await?)
}

fn matching(filter: &WebhookFilter, window: &Window) -> webhooks::BoxedQuery<'static, Pg> {
    let mut query = webhooks::table.into_boxed();
    if let Some(enabled) = filter.enabled {
        query = query.filter(webhooks::enabled.eq(enabled));
    }
    if let Some(since) = window.updated_since {
        query = query.filter(webhooks::updated_at.ge(since));
    }
    query
}

/// One webhook.
pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Webhook, Error> {
    Ok(webhooks::table.find(id).select(Webhook::as_select()).get_result(conn).await?)
}

/// Enters a webhook.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewWebhook) -> Result<Webhook, Error> {
    diesel::insert_into(webhooks::table)
        .values((webhooks::id.eq(Uuid::now_v7()), new))
        .returning(Webhook::as_returning())
        .get_result(conn)
        .await
        .map_err(Error::writing("webhooks"))
}

/// Changes a webhook that is at one of `versions`.
pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &WebhookPatch,
) -> Result<Webhook, Error> {
    let found = webhooks::table.find(id).filter(webhooks::version.eq_any(versions));
    let changed = diesel::update(found)
        .set((patch, webhooks::updated_at.eq(now)))
        .returning(Webhook::as_returning())
        .get_result(conn)
        .await;
    write::changed(conn, "webhooks", id, changed).await
}

/// Deletes a webhook that is at one of `versions`, and whatever is on its way to it.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "webhooks", id, versions).await
}

/// Gives a webhook another secret.
pub async fn renew_secret(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Webhook, Error> {
    let renewed = (
        webhooks::secret_generation.eq(webhooks::secret_generation + 1),
        webhooks::secret_made_at.eq(now),
        webhooks::updated_at.eq(now),
    );
    let renewed = diesel::update(webhooks::table.find(id)).set(renewed).returning(Webhook::as_returning());
    renewed.get_result(conn).await.optional()?.ok_or(Error::Missing)
}
