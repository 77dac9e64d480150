//! The change feed on the wire.

use diesel::QueryableByName;
use diesel::sql_types::{Json, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::audit::model::ChangeAction;
use crate::values::{Instant, Slug};

/// What became of one row of one table. Names of persons are not in it.
#[derive(Debug, Clone, Serialize, QueryableByName, ToSchema)]
pub struct Change {
    /// Our id of the change.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// When the transaction began that made it.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: Instant,
    /// The resource that the row belongs to.
    #[diesel(sql_type = Text)]
    pub resource: Slug,
    /// The resource's id.
    #[diesel(sql_type = SqlUuid)]
    pub resource_id: Uuid,
    /// The table: the resource's own, or one that holds a part of it.
    #[diesel(sql_type = Text)]
    pub table: Slug,
    /// What was done.
    #[diesel(sql_type = Text)]
    pub action: ChangeAction,
    /// What tells the row from all others of its table.
    #[diesel(sql_type = Json)]
    #[schema(value_type = Object, example = json!({ "id": "0198c5b0-0000-7000-8000-000000000004" }))]
    pub key: Value,
    /// The row as it was then, column by column; null where it is gone.
    #[diesel(sql_type = Nullable<Json>)]
    #[schema(value_type = Option<Object>, example = json!({ "id": "0198c5b0-0000-7000-8000-000000000004", "status": "present" }))]
    pub row: Option<Value>,
}

/// A page of changes, in an order in which they can be applied.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangePage {
    /// The changes.
    #[schema(max_items = 1000)]
    pub data: Vec<Change>,
    /// What to send as `after` next time, also where nothing has changed.
    #[schema(min_length = 1, max_length = 16000, pattern = "^[A-Za-z0-9_-]+$")]
    pub next_after: String,
    /// Whether there are more just now.
    pub has_more: bool,
}

/// Where to go on, and what to leave out.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Only what comes after this: `next_after` of the page before. Absent: from the beginning of the log.
    #[param(min_length = 1, max_length = 16000, pattern = "^[A-Za-z0-9_-]+$")]
    pub after: Option<String>,
    /// Only changes of this resource: `attendance`, `seats` and so on. It may differ from page to page.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// How many changes a page has.
    #[param(minimum = 1, maximum = 1000, default = 500)]
    pub limit: Option<i64>,
}
