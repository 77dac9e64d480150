//! HTTP handlers for webhook deliveries.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{WebhookDelivery, WebhookDeliveryFilter, WebhookDeliveryPage};
use super::queries;
use crate::db::Pool;
use crate::web::{Id, Listing, Reply, reply};

/// List webhook deliveries
///
/// Returns delivered, pending and failed deliveries. The server keeps deliveries for thirty days.
#[utoipa::path(get, path = "/v1/webhook-deliveries", tag = "webhooks", params(Listing<WebhookDeliveryFilter>),
    responses((status = 200, description = "A page of deliveries.", body = WebhookDeliveryPage)))]
pub async fn list_webhook_deliveries(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<WebhookDeliveryFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<WebhookDeliveryPage>(&request, rows, total, |delivery| sort.key(delivery))
}

/// Get a webhook delivery
///
/// Returns the status of the delivery, its attempts, and why the last attempt failed.
#[utoipa::path(get, path = "/v1/webhook-deliveries/{id}", tag = "webhooks",
    responses((status = 200, description = "The delivery.", body = WebhookDelivery)))]
pub async fn get_webhook_delivery(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}
