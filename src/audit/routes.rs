//! The operation on the change log.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{AuditFilter, AuditPage};
use super::queries;
use crate::db::Pool;
use crate::web::{Listing, Reply, check_window, disclosure};

/// List what was changed
///
/// The change log, written by the database with each change: who (an account, or who else acted), when, in which request and operation, what became of which row, before and after. Nobody alters it. Secrets and passwords are never in it.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(Listing<AuditFilter>),
    responses((status = 200, description = "A page of entries.", body = AuditPage)))]
pub async fn list_audit(request: HttpRequest, pool: Data<Pool>, listing: Listing<AuditFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    check_window("changed_until", filter.changed_from, filter.changed_until)?;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    disclosure::note(&request, "audit", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<AuditPage>(&request, rows, total, |entry| sort.key(entry))
}
