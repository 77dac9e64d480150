//! The operations on report keys.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewReportKey, ReportKey, ReportKeyFilter, ReportKeyPage, ReportKeyPatch};
use super::queries;
use crate::accounts::secrets::Secret;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, basic, reply};

/// List report keys
///
/// The keys with which programs read reports. Revoked ones are not among them; those that have ended are.
#[utoipa::path(get, path = "/v1/report-keys", tag = "reports", params(Listing<ReportKeyFilter>),
    responses((status = 200, description = "A page of keys.", body = ReportKeyPage)))]
pub async fn list_report_keys(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<ReportKeyFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<ReportKeyPage>(&request, rows, total, |key| sort.key(key))
}

/// Read a report key
///
/// Its secret is never shown again.
#[utoipa::path(get, path = "/v1/report-keys/{id}", tag = "reports",
    responses((status = 200, description = "The key.", body = ReportKey)))]
pub async fn get_report_key(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Make a report key
///
/// The answer has the secret, once. The key reads reports as a reporter does, over Basic authentication: its id is the name,
/// the secret the password. Every other operation refuses it. Each day of its use is on record.
#[utoipa::path(post, path = "/v1/report-keys", tag = "reports", request_body = NewReportKey,
    responses((status = 201, description = "The key as made, with its secret.", body = ReportKey)))]
pub async fn create_report_key(writer: Writer, body: Body<NewReportKey>) -> Reply {
    let secret = Secret::generate()?;
    let hash = basic::secret_hash(secret.reveal());
    let key = writer.write(async |conn| queries::create(conn, &body.0, &hash).await).await?;
    Ok(reply::kept(reply::made("/v1/report-keys", &ReportKey { secret: Some(secret), ..key })?))
}

/// Change a report key
///
/// What it is called. One that is to last longer is made anew.
#[utoipa::path(patch, path = "/v1/report-keys/{id}", tag = "reports", request_body = ReportKeyPatch,
    responses((status = 200, description = "The key as changed.", body = ReportKey)))]
pub async fn update_report_key(
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<ReportKeyPatch>,
) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Revoke a report key
///
/// It is refused from its next request on, on every server. The row stays for the record, and is not shown again.
#[utoipa::path(delete, path = "/v1/report-keys/{id}", tag = "reports",
    responses((status = 204, description = "The key is revoked.")))]
pub async fn delete_report_key(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::revoke(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
