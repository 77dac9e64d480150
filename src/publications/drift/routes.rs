//! HTTP handler for a publication's drift.

use actix_web::HttpRequest;

use super::model::Drift;
use super::queries;
use crate::db;
use crate::publications::routes::view_of;
use crate::web::{Caller, Id, ReadPool, Reply, reply};

/// Get a publication's drift
///
/// Compares the sealed figures with the figures for the same day that are derived from today's
/// records. Returns each target whose figures differ, with both figures and the rows that differ.
/// For each target, also returns the entries of the change log that caused the difference. These
/// are late records, corrections, revisions, and changes of the plan and of the cohort.
#[utoipa::path(get, path = "/v1/publications/{id}/drift", tag = "publications",
    responses((status = 200, description = "Returns the drift.", body = Drift)))]
pub async fn get_publication_drift(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let conn = &mut pool.get().await?;
    let view = view_of(&caller);
    let drift = db::in_snapshot(conn, async |conn| queries::drift(conn, view, id.0).await).await?;
    reply::view(&request, &drift)
}
