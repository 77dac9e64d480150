//! JSON types of the change feed.

use diesel::QueryableByName;
use diesel::sql_types::{Json, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::audit::model::ChangeAction;
use crate::values::{Instant, Slug};

/// A change of one row in one table. It contains no names of persons.
#[derive(Debug, Clone, Serialize, QueryableByName, ToSchema)]
pub struct Change {
    /// Id of the change, assigned by the server.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// When the transaction that made the change began.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: Instant,
    /// The resource that the row belongs to.
    #[diesel(sql_type = Text)]
    pub resource: Slug,
    /// The id of the resource.
    #[diesel(sql_type = SqlUuid)]
    pub resource_id: Uuid,
    /// The table that contains the row. It is the resource's table, or a table with a part of the
    /// resource.
    #[diesel(sql_type = Text)]
    pub table: Slug,
    /// Whether the row was created, updated or deleted.
    #[diesel(sql_type = Text)]
    pub action: ChangeAction,
    /// The primary key of the row, as an object with one member for each column.
    #[diesel(sql_type = Json)]
    #[schema(value_type = Object, example = json!({ "id": "0198c5b0-0000-7000-8000-000000000004" }))]
    pub key: Value,
    /// The row after the change, as an object with one member for each column; null if the row was
    /// deleted.
    #[diesel(sql_type = Nullable<Json>)]
    #[schema(value_type = Option<Object>, example = json!({ "id": "0198c5b0-0000-7000-8000-000000000004", "status": "present" }))]
    pub row: Option<Value>,
}

/// A page of the change feed. A client can apply the changes in the order of the page.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangePage {
    /// The changes on this page.
    #[schema(max_items = 1000)]
    pub data: Vec<Change>,
    /// The value of the parameter `after` for the next request. It is set even if the page is
    /// empty.
    #[schema(min_length = 1, max_length = 16000, pattern = "^[A-Za-z0-9_-]+$")]
    pub next_after: String,
    /// Whether more changes exist at this moment.
    pub has_more: bool,
}

/// Position, filter and page size of a request for changes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Only changes after this position, which is `next_after` of the previous page. Without this
    /// parameter, the feed starts at the beginning of the change log.
    #[param(min_length = 1, max_length = 16000, pattern = "^[A-Za-z0-9_-]+$")]
    pub after: Option<String>,
    /// Only changes of this resource, for example `attendance` or `seats`. Each page may use
    /// another value.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// The maximum number of changes on a page.
    #[param(minimum = 1, maximum = 1000, default = 500)]
    pub limit: Option<i64>,
}
