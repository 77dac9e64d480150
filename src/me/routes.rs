//! The HTTP handler with which a caller gets its identity and permissions.

use actix_web::HttpRequest;
use actix_web::web::Data;
use chrono::DateTime;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Grant, Role, Rules};
use crate::councils;
use crate::db::Pool;
use crate::values::{GssCode, Instant, ShortText};
use crate::web::{Caller, Reply, reply};

/// The identity and the permissions of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The subject of the caller's token. For a client, it is the client's name.
    #[schema(min_length = 1, max_length = 200, pattern = "^[^\\x00]+$", example = "norfolk-crm")]
    subject: String,
    /// The caller's role.
    role: Role,
    /// When the caller's token expires.
    expires_at: Instant,
    /// The councils for which the caller acts. Empty unless the role is `council`.
    #[schema(max_items = 100)]
    councils: Vec<MyCouncil>,
    /// The operations that the caller may call, and on which rows.
    #[schema(max_items = 1000)]
    operations: Vec<MyOperation>,
}

/// A council for which the caller acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyCouncil {
    /// Id of the council.
    id: Uuid,
    /// The council's name.
    name: ShortText,
    /// The council's current GSS code, or its last one if it has no current code.
    gss_code: Option<GssCode>,
}

/// An operation that the caller may call.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyOperation {
    /// The `operationId` in the OpenAPI document.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-zA-Z]+$", example = "listCouncils")]
    operation_id: &'static str,
    /// The rows on which the caller may use the operation: all rows, or those of the caller's own
    /// councils.
    grant: Grant,
}

/// Get the caller
///
/// Returns the caller's identity and role, and the operations that the caller may call. A front end
/// can use the list of operations to decide which controls to show.
#[utoipa::path(get, path = "/v1/me", tag = "me",
    responses((status = 200, description = "The caller.", body = Me)))]
pub async fn get_me(request: HttpRequest, pool: Data<Pool>, rules: Data<Rules>, caller: Caller) -> Reply {
    let councils = councils::queries::list_names(&mut *pool.get().await?, &caller.councils).await?;
    let grants = rules.0.iter().map(|rule| (rule.operation, rule.access.grant(caller.role)));
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
