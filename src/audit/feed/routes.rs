//! The operation on the change feed.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{ChangePage, FeedQuery};
use super::position::{Lost, Position};
use super::queries;
use crate::db::Pool;
use crate::values::Fault;
use crate::web::{Caller, Problem, Query, Reply, reply};

/// Changes on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 500;

/// Follow what changes
///
/// Every change of every row that a reader may see, from the beginning of the log on, in an order in which they can be applied: whoever keeps asking for what comes after has a true copy of the tables. Nothing is missed and nothing comes twice, whatever is written meanwhile; a change appears once all transactions have ended that began writing before its own. A row that is gone has its key and no row. Names of persons, accounts and drafts of publications are left out. For a council, `note` of another council's rows is null, and so is `external_id` of a system that is not its own. A token is good for 30 days; then 410 says to begin anew.
#[utoipa::path(get, path = "/v1/changes", tag = "audit", params(FeedQuery),
    responses((status = 200, description = "A page of changes.", body = ChangePage)))]
pub async fn list_changes(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    query: Query<FeedQuery>,
) -> Reply {
    let FeedQuery { after, resource, limit } = query.0;
    let position = after.as_deref().map_or_else(|| Ok(Position::start()), Position::read).map_err(lost)?;
    let conn = &mut pool.get().await?;
    let read = queries::read(
        conn,
        &position,
        resource.as_ref(),
        limit.unwrap_or(DEFAULT_LIMIT),
        &caller.visibility(),
    )
    .await?;
    let read = read.ok_or_else(|| lost(Lost::Expired))?;
    let page = ChangePage { data: read.changes, next_after: read.next.token(), has_more: read.has_more };
    reply::view(&request, &page)
}

fn lost(why: Lost) -> Problem {
    match why {
        Lost::Unreadable => {
            Problem::malformed(vec![Fault::parameter("after", "bad_token", "This token is not one of ours.")])
        }
        Lost::Expired => {
            Problem::gone("token_expired", "This token leads nowhere any more: begin anew without one.")
        }
    }
}
