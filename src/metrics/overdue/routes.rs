//! The operation on what is overdue.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{FrameworkOverdue, OverdueQuery};
use super::overdue;
use crate::db::Pool;
use crate::frameworks;
use crate::metrics::model::Moment;
use crate::metrics::{derived, read};
use crate::web::{Id, Query, Reply, reply};

/// Read what is overdue in a framework
///
/// What is due and has not come in at a date, target by target: a reading of a reporting period that is past, the open register of a
/// meeting, what became of a meeting whose date has come, the forms of an event, whether something was delivered. Sorted by owner, those
/// without one last, and of each owner the oldest first. The summary counts the same.
#[utoipa::path(get, path = "/v1/frameworks/{id}/overdue", tag = "metrics", params(OverdueQuery),
    responses((status = 200, description = "What is overdue.", body = FrameworkOverdue)))]
pub async fn get_framework_overdue(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<OverdueQuery>,
) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let Moment { as_at, known_at } = moment;
    let (framework, derived) = read(&pool, moment, async |conn| {
        let framework = frameworks::queries::get(conn, id.0).await?;
        Ok((framework, derived(conn, id.0, moment).await?))
    })
    .await?;
    let rule_version = crate::rules::VERSION;
    let data = overdue(&derived, as_at.0);
    reply::view(
        &request,
        &FrameworkOverdue { framework_id: id.0, code: framework.code, as_at, known_at, rule_version, data },
    )
}
