//! HTTP handler for the change feed.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{ChangePage, FeedQuery};
use super::position::{InvalidToken, Position};
use super::queries;
use crate::db::Pool;
use crate::values::FieldError;
use crate::web::reply::Tag;
use crate::web::{Caller, Problem, Query, Reply, reply};

/// The number of changes on a page of the change feed if the request has no `limit`.
const DEFAULT_LIMIT: i64 = 500;

/// Read the change feed
///
/// Returns every change of every row that all roles may read, from the beginning of the change log.
/// Apply the changes in the order of the pages, and request the next page with `next_after`. The
/// copy then equals the tables. The changes of one row appear in their order. Each change appears
/// once, and none is missed, even if transactions overlap. A change appears when its transaction
/// has ended. Other open transactions do not delay it. For a deleted row, `key` is set and `row` is
/// null.
///
/// The feed leaves out accounts, publications that are not published, and names of persons. For a
/// caller with the role `council`, `note` is null on rows of other councils. A council's client
/// reads `external_id` of its own external system only. A council's user reads `external_id` on the
/// council's own rows only.
///
/// A token is valid for 30 days. After that, the request fails with 410 `token_expired`. It also
/// fails if the database was restored to an earlier state. Read the feed again without a token
/// then.
#[utoipa::path(get, path = "/v1/changes", tag = "audit", params(FeedQuery),
    responses((status = 200, description = "A page of changes.", body = ChangePage)))]
pub async fn list_changes(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    query: Query<FeedQuery>,
) -> Reply {
    let FeedQuery { after, resource, limit } = query.0;
    let position =
        after.as_deref().map_or_else(|| Ok(Position::start()), Position::parse).map_err(to_problem)?;
    let conn = &mut pool.get().await?;
    let read = queries::read(
        conn,
        &position,
        resource.as_ref(),
        limit.unwrap_or(DEFAULT_LIMIT),
        &caller.visibility(),
    )
    .await?;
    let read = read.map_err(to_problem)?;
    let page = ChangePage { data: read.changes, next_after: read.next.token(), has_more: read.has_more };
    // The ETag leaves out the token. Two tokens for one position can differ, because transactions
    // that write no line to the change log begin and end in between.
    let tag = Tag::of(&(&page.data, page.has_more))?;
    reply::view_with_tag(&request, &tag, &page)
}

fn to_problem(error: InvalidToken) -> Problem {
    match error {
        InvalidToken::Unreadable => Problem::malformed(vec![FieldError::parameter(
            "after",
            "bad_token",
            "`after` is not a token of the change feed. Send the `next_after` of a page, or leave `after` out.",
        )]),
        InvalidToken::Expired => Problem::gone(
            "token_expired",
            "The token in `after` has expired. Read the change feed from its beginning, without `after`.",
        ),
    }
}
