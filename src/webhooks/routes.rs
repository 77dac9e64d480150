//! The operations on webhooks.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::deliver::Reach;
use super::deliveries;
use super::deliveries::model::WebhookDelivery;
use super::model::{
    NewWebhook, NewWebhookReplay, Webhook, WebhookFilter, WebhookPage, WebhookPatch, WebhookReplay,
};
use super::queries;
use super::signing::MasterKey;
use crate::db::Pool;
use crate::values::Url;
use crate::web::{Body, Id, IfMatch, Listing, Problem, Reply, Writer, idempotency, reply};

/// List webhooks
///
/// Where events are sent to.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", params(Listing<WebhookFilter>),
    responses((status = 200, description = "A page of webhooks.", body = WebhookPage)))]
pub async fn list_webhooks(request: HttpRequest, pool: Data<Pool>, listing: Listing<WebhookFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<WebhookPage>(&request, rows, total, |webhook| sort.key(webhook))
}

/// Read a webhook
///
/// Its secret is never shown again.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks",
    responses((status = 200, description = "The webhook.", body = Webhook)))]
pub async fn get_webhook(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter a webhook
///
/// The answer has the secret that signs what is sent, once. Messages are posted as Standard Webhooks has it: `webhook-id`, `webhook-timestamp` and `webhook-signature` in the head, `type`, `timestamp` and `data` in the body. Whatever is not answered with 2xx within fifteen seconds is sent again: after five seconds, five minutes, half an hour, two, five, ten, fourteen, twenty and twenty-four hours, and then given up. Redirects are not followed.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, description = "The webhook as entered, with its secret.", body = Webhook)))]
pub async fn create_webhook(
    writer: Writer,
    reach: Data<Reach>,
    key: Data<MasterKey>,
    body: Body<NewWebhook>,
) -> Reply {
    check(&reach, Some(&body.0.url))?;
    let webhook = writer.write(async |conn| queries::create(conn, &body.0, &key.fingerprint()).await).await?;
    with_secret(&key, webhook)
}

/// Change a webhook
///
/// Disabled, it is told nothing until it is enabled again; what is on its way waits, for thirty days.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "webhooks", request_body = WebhookPatch,
    responses((status = 200, description = "The webhook as changed.", body = Webhook)))]
pub async fn update_webhook(
    writer: Writer,
    reach: Data<Reach>,
    id: Id,
    versions: IfMatch,
    body: Body<WebhookPatch>,
) -> Reply {
    check(&reach, body.0.url.as_ref())?;
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a webhook
///
/// And whatever is still on its way to it.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "webhooks",
    responses((status = 204, description = "The webhook is gone.")))]
pub async fn delete_webhook(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}

/// Make a webhook's next secret
///
/// The answer has it, once. For a day everything is signed with it and with the one that was in use before, so that the receiver can change over.
#[utoipa::path(post, path = "/v1/webhooks/{id}/secrets", tag = "webhooks",
    responses((status = 201, description = "The webhook, with its new secret.", body = Webhook)))]
pub async fn create_webhook_secret(writer: Writer, key: Data<MasterKey>, id: Id) -> Reply {
    let webhook =
        writer.write(async |conn| queries::renew_secret(conn, id.0, &key.fingerprint()).await).await?;
    with_secret(&key, webhook)
}

/// Send a webhook a ping
///
/// To see that messages arrive: the delivery that is answered says soon what became of it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/pings", tag = "webhooks",
    responses((status = 201, description = "The ping on its way.", body = WebhookDelivery)))]
pub async fn create_webhook_ping(request: HttpRequest, writer: Writer, id: Id) -> Reply {
    let ping = async |conn: &mut _| deliveries::queries::ping(conn, id.0).await;
    idempotency::created_in(&request, &writer, "/v1/webhook-deliveries", ping).await
}

/// Send a webhook again what happened
///
/// What was given up is tried anew, or all that happened in a time, each message under its own id. The webhook must be enabled to be sent anything.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replays", tag = "webhooks", request_body = NewWebhookReplay,
    responses((status = 200, description = "How many events are on their way again.", body = WebhookReplay)))]
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

fn check(reach: &Reach, url: Option<&Url>) -> Result<(), Problem> {
    let fault = url.and_then(|url| reach.fault(url));
    fault.map_or(Ok(()), |fault| Err(Problem::invalid(vec![fault])))
}

fn with_secret(key: &MasterKey, webhook: Webhook) -> Reply {
    let secret = key.secret(webhook.id, webhook.secret_generation);
    Ok(reply::kept(reply::made("/v1/webhooks", &Webhook { secret: Some(secret), ..webhook })?))
}
