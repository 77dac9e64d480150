//! The operation on the caller.

use actix_web::HttpRequest;
use actix_web::web::Data;
use chrono::DateTime;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::councils;
use crate::db::Pool;
use crate::policy::{self, Grant, Role};
use crate::values::{GssCode, Instant, Line};
use crate::web::{Caller, Reply, reply};

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The token's subject.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\x00]+$", example = "norfolk-crm")]
    subject: String,
    /// The caller's role.
    role: Role,
    /// When the token ends.
    expires_at: Instant,
    /// The councils the caller speaks for; empty but for the council role.
    #[schema(max_items = 100)]
    councils: Vec<MyCouncil>,
    /// What the caller may do, and on which rows.
    #[schema(max_items = 1000)]
    operations: Vec<MyOperation>,
}

/// A council the caller speaks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyCouncil {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: Line,
    /// Its GSS code.
    gss_code: Option<GssCode>,
}

/// An operation the caller may call.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyOperation {
    /// The operation's id in this document.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-zA-Z]+$", example = "listCouncils")]
    operation_id: &'static str,
    /// On every row, or on rows of the caller's own councils.
    grant: Grant,
}

/// Who am I
///
/// What the token says about the caller, and what the caller may do: an app shows the buttons that this lists.
#[utoipa::path(get, path = "/v1/me", tag = "me",
    responses((status = 200, description = "The caller.", body = Me)))]
pub async fn get_me(request: HttpRequest, pool: Data<Pool>, caller: Caller) -> Reply {
    let councils = councils::queries::named(&mut *pool.get().await?, &caller.councils).await?;
    let grants = policy::TABLE.iter().map(|rule| (rule.operation, rule.grant(caller.role)));
    let granted = grants.filter(|(_, grant)| *grant != Grant::None);
    let me = Me {
        subject: caller.subject.clone(),
        role: caller.role,
        expires_at: Instant(DateTime::from_timestamp(caller.expires_at, 0).unwrap_or_default()),
        councils: councils.into_iter().map(|(id, name, gss_code)| MyCouncil { id, name, gss_code }).collect(),
        operations: granted.map(|(operation_id, grant)| MyOperation { operation_id, grant }).collect(),
    };
    reply::view(&request, &me)
}
