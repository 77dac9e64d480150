//! HTTP handlers for webhooks.

use actix_web::HttpRequest;
use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::deliveries;
use super::deliveries::model::WebhookDelivery;
use super::detect_events;
use super::model::{
    NewWebhook, NewWebhookReplay, Webhook, WebhookFilter, WebhookPage, WebhookPatch, WebhookReplay,
};
use super::queries;
use super::sending::AllowedNetworks;
use super::signing::MasterKey;
use crate::db::Pool;
use crate::values::Url;
use crate::web::{Body, Id, IfMatch, Listing, Problem, Reply, Writer, idempotency, reply};

/// List webhooks
///
/// Returns the webhooks without their secrets.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", params(Listing<WebhookFilter>),
    responses((status = 200, description = "A page of webhooks.", body = WebhookPage)))]
pub async fn list_webhooks(request: HttpRequest, pool: Data<Pool>, listing: Listing<WebhookFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<WebhookPage>(&request, rows, total, |webhook| sort.key(webhook))
}

/// Get a webhook
///
/// The response does not contain the secret.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks",
    responses((status = 200, description = "The webhook.", body = Webhook)))]
pub async fn get_webhook(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a webhook
///
/// Only this response contains the secret that signs messages. The server posts messages as
/// Standard Webhooks defines. The headers are `webhook-id`, `webhook-timestamp` and
/// `webhook-signature`, and the body has `type`, `timestamp` and `data`. The server sends a message
/// again if the receiver does not answer with 2xx within fifteen seconds. The delays are five
/// seconds, five minutes, half an hour, and then two, five, ten, fourteen, twenty and twenty-four
/// hours. If the last attempt fails, the delivery has failed. Redirects are not followed.
///
/// Fails with 422 `bad_format` if the URL is not valid. Fails with 422 `inner_address` if the URL
/// contains an IP address that webhooks may not reach. Fails with 422 `not_confidential` if the URL
/// must be `https://` and is not. Fails with 409 `wrong_webhook_key` if this server does not have
/// the key from which the other webhooks' secrets are derived.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, description = "The webhook was created. The body has its secret.", body = Webhook)))]
pub async fn create_webhook(
    writer: Writer,
    networks: Data<AllowedNetworks>,
    key: Data<MasterKey>,
    body: Body<NewWebhook>,
) -> Reply {
    check(&networks, Some(&body.0.url))?;
    let create = async |conn: &mut AsyncPgConnection| {
        let webhook = queries::create(conn, &body.0, &key.fingerprint()).await?;
        detect_events::store_first_snapshots(conn).await?;
        Ok(webhook)
    };
    let webhook = writer.write(create).await?;
    with_secret(&key, webhook)
}

/// Update a webhook
///
/// A disabled webhook gets no events until it is enabled again. Its pending deliveries wait, for at
/// most thirty days. Fails with 422 `bad_format`, `inner_address` or `not_confidential` under the
/// same conditions as the creation of a webhook.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "webhooks", request_body = WebhookPatch,
    responses((status = 200, description = "The updated webhook.", body = Webhook)))]
pub async fn update_webhook(
    writer: Writer,
    networks: Data<AllowedNetworks>,
    id: Id,
    versions: IfMatch,
    body: Body<WebhookPatch>,
) -> Reply {
    check(&networks, body.0.url.as_ref())?;
    let update = async |conn: &mut AsyncPgConnection| {
        let webhook = queries::update(conn, id.0, &versions.0, &body.0).await?;
        detect_events::store_first_snapshots(conn).await?;
        Ok(webhook)
    };
    reply::changed(&writer.write(update).await?)
}

/// Delete a webhook
///
/// Deletes the webhook and its deliveries, including pending ones.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "webhooks",
    responses((status = 204, description = "The webhook was deleted.")))]
pub async fn delete_webhook(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}

/// Create a webhook's next secret
///
/// Only this response contains the new secret. For a day the server signs each message with the new
/// and the previous secret, so that the receiver can change its configuration. Fails with 409
/// `wrong_webhook_key` if this server does not have the key from which the webhooks' secrets are
/// derived.
#[utoipa::path(post, path = "/v1/webhooks/{id}/secrets", tag = "webhooks",
    responses((status = 201, description = "The secret was created. The body is the webhook with its new secret.", body = Webhook)))]
pub async fn create_webhook_secret(writer: Writer, key: Data<MasterKey>, id: Id) -> Reply {
    let webhook =
        writer.write(async |conn| queries::renew_secret(conn, id.0, &key.fingerprint()).await).await?;
    with_secret(&key, webhook)
}

/// Send a test message to a webhook
///
/// Creates a `webhook.ping` event and returns its delivery. Get the delivery later to see whether
/// it succeeded. Fails with 409 `webhook_disabled` if the webhook is disabled.
#[utoipa::path(post, path = "/v1/webhooks/{id}/pings", tag = "webhooks",
    responses((status = 201, description = "The pending delivery of the test message.", body = WebhookDelivery)))]
pub async fn create_webhook_ping(request: HttpRequest, writer: Writer, id: Id) -> Reply {
    let ping = async |conn: &mut _| deliveries::queries::ping(conn, id.0).await;
    idempotency::created_in(&request, &writer, "/v1/webhook-deliveries", ping).await
}

/// Send events to a webhook again
///
/// Sends the failed deliveries of a period again. If `failed_only` is false, sends all events of
/// the period. Each message keeps the id of its event. Fails with 409 `webhook_disabled` if the
/// webhook is disabled.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replays", tag = "webhooks", request_body = NewWebhookReplay,
    responses((status = 200, description = "The number of events that will be sent.", body = WebhookReplay)))]
pub async fn create_webhook_replay(
    request: HttpRequest,
    writer: Writer,
    id: Id,
    body: Body<NewWebhookReplay>,
) -> Reply {
    let replay = async |conn: &mut _| {
        let replayed = deliveries::queries::replay(conn, id.0, &body.0).await?;
        Ok(WebhookReplay { replayed })
    };
    idempotency::done(&request, &writer, replay).await
}

fn check(networks: &AllowedNetworks, url: Option<&Url>) -> Result<(), Problem> {
    let field_error = url.and_then(|url| networks.field_error(url));
    field_error.map_or(Ok(()), |field_error| Err(Problem::invalid(vec![field_error])))
}

fn with_secret(key: &MasterKey, webhook: Webhook) -> Reply {
    let secret = key.secret(webhook.id, webhook.secret_generation);
    Ok(reply::stored(reply::created("/v1/webhooks", &Webhook { secret: Some(secret), ..webhook })?))
}
