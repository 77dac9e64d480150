//! HTTP handler for disclosures.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{DisclosureFilter, DisclosurePage};
use super::queries;
use crate::db::Pool;
use crate::web::{Listing, Reply, check_order};

/// List disclosures of names
///
/// Returns a record for each response that contained names of holders, attendees or users. The
/// record contains the caller, the time, the request, and the ids of the rows, but not the names.
/// The server stores the record before it sends the response, and nobody can change the record.
#[utoipa::path(get, path = "/v1/disclosures", tag = "audit", params(Listing<DisclosureFilter>),
    responses((status = 200, description = "A page of disclosures.", body = DisclosurePage)))]
pub async fn list_disclosures(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<DisclosureFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    check_order("disclosed_until", filter.disclosed_from, filter.disclosed_until)?;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<DisclosurePage>(&request, rows, total, |disclosure| sort.key(disclosure))
}
