//! The operation that tells a publication's drift.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::Drift;
use super::queries;
use crate::db::{self, Pool};
use crate::publications::routes::shown;
use crate::web::{Caller, Id, Reply, reply};

/// Read a publication's drift
///
/// Target by target, what the metrics of the sealed day come to by what is known now, where that is not what was sealed; the rows behind it that are not what they were, and the entries of the change log that made them so: late records, corrections, revisions, changes of the plan and of who counts.
#[utoipa::path(get, path = "/v1/publications/{id}/drift", tag = "publications",
    responses((status = 200, description = "The drift.", body = Drift)))]
pub async fn get_publication_drift(request: HttpRequest, pool: Data<Pool>, caller: Caller, id: Id) -> Reply {
    let conn = &mut pool.get().await?;
    let to = shown(&caller);
    let drift = db::in_snapshot(conn, async |conn| queries::drift(conn, to, id.0).await).await?;
    reply::view(&request, &drift)
}
