//! HTTP handler for overdue records.

use super::model::{FrameworkOverdue, OverdueQuery};
use super::overdue;
use crate::frameworks;
use crate::metrics::model::Moment;
use crate::metrics::{FactLoader, Views, derive_metrics};
use crate::web::reply::Rendered;
use crate::web::{Id, Query, Reply};

/// List a framework's overdue records
///
/// Returns the records that are due and missing on a date, for each target. For a reporting period
/// that has ended, the record is its reading. For a meeting, it is the meeting's result, its
/// register, its evaluation forms, or whether it got a deliverable.
///
/// The records are sorted by owner and then by age, the oldest first. Records of targets without an
/// owner are last. The framework's summary counts the same records.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/overdue", tag = "metrics", params(OverdueQuery),
    responses((status = 200, description = "Returns the overdue records.", body = FrameworkOverdue)))]
pub async fn get_framework_overdue(views: Views, id: Id, query: Query<OverdueQuery>) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let Moment { as_at, known_at } = moment;
    let load = async |facts: &mut FactLoader<'_>| {
        let code = frameworks::queries::get(facts.conn, id.0).await?.code;
        let data = overdue(&derive_metrics(facts, id.0, moment).await?, as_at.0);
        let rule_version = crate::rules::VERSION;
        Ok(FrameworkOverdue { framework_id: id.0, code, as_at, known_at, rule_version, data })
    };
    views.reply(moment, load, |overdue| Rendered::json(&overdue)).await
}
