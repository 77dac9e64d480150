//! HTTP handler for the change log.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{AuditFilter, AuditPage};
use super::queries;
use crate::db::Pool;
use crate::web::{Listing, Reply, check_order, disclosure};

/// List change log entries
///
/// Returns the change log, which the database writes with each change. An entry contains the actor
/// (an account, or another actor), the time, the request and the operation, and the row before and
/// after the change. Nobody can change the log. It never contains secrets or passwords.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(Listing<AuditFilter>),
    responses((status = 200, description = "A page of change log entries.", body = AuditPage)))]
pub async fn list_audit(request: HttpRequest, pool: Data<Pool>, listing: Listing<AuditFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    check_order("changed_until", filter.changed_from, filter.changed_until)?;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    disclosure::set_rows(&request, "audit", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<AuditPage>(&request, rows, total, |entry| sort.key(entry))
}
