//! SQL statements for webhooks, and for the fingerprint of the webhook key. Webhook secrets are
//! derived from that key.

use diesel::dsl::{exists, not, now, select};
use diesel::pg::Pg;
use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper,
};
use diesel::sql_query;
use diesel::sql_types::Integer;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewWebhook, Webhook, WebhookFilter, WebhookPatch};
use crate::db::schema::{webhook_key, webhooks};
use crate::db::sql::fixed;
use crate::db::{Error, PageRequest, write};

/// Returns a page of webhooks, and one more row if another page follows.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &WebhookFilter,
    page: &PageRequest,
) -> Result<Vec<Webhook>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Webhook::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &WebhookFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching(filter: &WebhookFilter, page: &PageRequest) -> webhooks::BoxedQuery<'static, Pg> {
    let mut query = webhooks::table.into_boxed();
    if let Some(enabled) = filter.enabled {
        query = query.filter(webhooks::enabled.eq(enabled));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(webhooks::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Webhook, Error> {
    Ok(webhooks::table.find(id).select(Webhook::as_select()).get_result(conn).await?)
}

/// Returns whether the webhook secrets are derived from the webhook key with this fingerprint.
/// Returns true if no webhook exists.
pub async fn is_our_key(conn: &mut AsyncPgConnection, fingerprint: &str) -> Result<bool, Error> {
    let is_ours = webhook_key::table.filter(webhook_key::fingerprint.eq(fingerprint));
    let found = select(exists(is_ours).or(not(exists(webhooks::table.select(webhooks::id)))))
        .get_result(conn)
        .await?;
    Ok(found)
}

/// Stores the fingerprint of the webhook key from which new secrets are derived.
pub async fn store_key(conn: &mut AsyncPgConnection, fingerprint: &str) -> Result<(), Error> {
    let key = (webhook_key::only_row.eq(true), webhook_key::fingerprint.eq(fingerprint));
    let taken = diesel::insert_into(webhook_key::table).values(key).on_conflict(webhook_key::only_row);
    taken.do_update().set(webhook_key::fingerprint.eq(fingerprint)).execute(conn).await?;
    Ok(())
}

/// Checks that this server has the webhook key from which the webhook secrets are derived. The
/// first webhook that is created determines the key. Fails with 409 `wrong_webhook_key` on a server
/// with another key.
async fn check_and_store_key(conn: &mut AsyncPgConnection, fingerprint: &str) -> Result<(), Error> {
    // The lock prevents that two servers determine the webhook key at the same time.
    sql_query("SELECT pg_advisory_xact_lock(hashtext('webhook_key'))").execute(conn).await?;
    if !is_our_key(conn, fingerprint).await? {
        let detail = "The webhooks' secrets are derived from another key than this server's key. The operator has to copy keys/webhooks.key from another server.";
        return Err(Error::conflict("wrong_webhook_key", detail));
    }
    store_key(conn, fingerprint).await
}

/// Creates a webhook. `fingerprint` identifies this server's webhook key.
pub async fn create(
    conn: &mut AsyncPgConnection,
    new: &NewWebhook,
    fingerprint: &str,
) -> Result<Webhook, Error> {
    check_and_store_key(conn, fingerprint).await?;
    diesel::insert_into(webhooks::table)
        .values((webhooks::id.eq(Uuid::now_v7()), new))
        .returning(Webhook::as_returning())
        .get_result(conn)
        .await
        .map_err(Error::writing("webhooks"))
}

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

/// Deletes a webhook whose version is one of `versions`. Also deletes the webhook's deliveries.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "webhooks", id, versions).await
}

/// The SQL expression for the oldest secret that still signs messages when the next secret is
/// created. The expression returns the number of the secret.
const SIGNS_FROM: &str = "oldest_signing(secret_made_at, signs_from_generation, secret_generation)";

/// Gives the webhook a new secret by increasing the secret's number. `fingerprint` identifies this
/// server's webhook key.
pub async fn renew_secret(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    fingerprint: &str,
) -> Result<Webhook, Error> {
    check_and_store_key(conn, fingerprint).await?;
    let renewed = (
        webhooks::signs_from_generation.eq(fixed::<Integer>(SIGNS_FROM)),
        webhooks::secret_generation.eq(webhooks::secret_generation + 1),
        webhooks::secret_made_at.eq(now),
        webhooks::updated_at.eq(now),
    );
    let renewed = diesel::update(webhooks::table.find(id)).set(renewed).returning(Webhook::as_returning());
    renewed.get_result(conn).await.optional()?.ok_or(Error::Missing)
}
