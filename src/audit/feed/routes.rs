//! The operation on the change feed.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{ChangePage, FeedQuery};
use super::position::{Lost, Position};
use super::queries;
use crate::db::Pool;
use crate::values::Fault;
use crate::web::reply::Tag;
use crate::web::{Caller, Problem, Query, Reply, reply};

/// Changes on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 500;

/// Follow what changes
///
/// Returns every change of every row that all roles may read, from the beginning of the log. Apply the changes in the order of the pages, and ask again with `next_after`: the copy then equals the tables. The changes of one row come in the order in which they were made, each change comes once, and none is missed, whatever transactions overlap. A change appears when its transaction has ended; other open transactions do not delay it. A deleted row has its key and no row. Names of persons, accounts, and publications that are not published are left out. For a council, `note` of another council's rows is null, and so is `external_id` of a system that is not its own. A token is valid for 30 days; then, or if the database was restored to an earlier state, the response is 410 `token_expired`, and a reader begins again without a token.
#[utoipa::path(get, path = "/v1/changes", tag = "audit", params(FeedQuery),
    responses((status = 200, description = "A page of changes.", body = ChangePage)))]
pub async fn list_changes(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    query: Query<FeedQuery>,
) -> Reply {
    let FeedQuery { after, resource, limit } = query.0;
    let position = after.as_deref().map_or_else(|| Ok(Position::start()), Position::parse).map_err(lost)?;
    let conn = &mut pool.get().await?;
    let read = queries::read(
        conn,
        &position,
        resource.as_ref(),
        limit.unwrap_or(DEFAULT_LIMIT),
        &caller.visibility(),
    )
    .await?;
    let read = read.map_err(lost)?;
    let page = ChangePage { data: read.changes, next_after: read.next.token(), has_more: read.has_more };
    // Two tokens of one position can differ, because transactions without a line in the log begin and end meanwhile.
    let tag = Tag::of(&(&page.data, page.has_more))?;
    reply::view_with_tag(&request, &tag, &page)
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
