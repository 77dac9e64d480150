//! Wire types of the change log.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::changed_rows;
use crate::db::{ActorKind, sorts};
use crate::values::{Instant, ShortText, Slug, text_enum};
use crate::web::{Versioned, page};

text_enum! {
    /// What happened to a row.
    pub enum ChangeAction {
        /// The row was created.
        Created = "created",
        /// The row was updated.
        Changed = "changed",
        /// The row was deleted.
        Deleted = "deleted",
    }
}

/// A change of one row: who made it, when, and the row before and after.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = changed_rows)]
pub struct AuditEntry {
    /// Id, assigned by the server. Later entries have larger ids.
    pub id: Uuid,
    /// When the transaction that made the change began.
    pub changed_at: Instant,
    /// The kind of actor.
    pub actor_kind: ActorKind,
    /// The account that made the change; null for an actor without an account.
    pub account_id: Option<Uuid>,
    /// The actor: a client's name, a user's account id, the subject of a token made at the console,
    /// or an operator's name.
    pub actor: ShortText,
    /// The `operationId`, or the command.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z ]+$", example = "bulkAttendance")]
    pub operation: String,
    /// The request's id, as in its response and in the log; null for a command.
    #[schema(
        min_length = 8,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    pub request_id: Option<String>,
    /// The resource that the row belongs to.
    pub resource: Slug,
    /// Id of the resource.
    pub resource_id: Uuid,
    /// The table that contains a part of the resource, if a part was changed; null for the resource
    /// itself.
    pub part: Option<Slug>,
    /// The kind of change.
    pub action: ChangeAction,
    /// The row before the change, column by column; null if the row was created.
    #[schema(value_type = Option<Object>, example = json!({ "status": "absent" }))]
    pub before: Option<Value>,
    /// The row after the change, column by column; null if the row was deleted.
    #[schema(value_type = Option<Object>, example = json!({ "status": "present" }))]
    pub after: Option<Value>,
}
page!(AuditPage of AuditEntry);
sorts! {
    /// Sort orders of change log entries.
    AuditSort of AuditEntry in changed_rows:
    Latest = "-changed_at" by changed_at: Instant, descending;
    Earliest = "changed_at" by changed_at: Instant, ascending;
}

/// The columns that contain a person's name or e-mail address.
const NAMES: [&str; 3] = ["holder_name", "attendee_name", "email"];

impl Versioned for AuditEntry {
    fn id(&self) -> Uuid {
        self.id
    }

    fn version(&self) -> i64 {
        1
    }

    fn shows_a_name(&self) -> bool {
        let images = [&self.before, &self.after].into_iter().flatten();
        images
            .into_iter()
            .any(|image| NAMES.iter().any(|name| image.get(name).is_some_and(|it| !it.is_null())))
    }
}

/// Filters and sort order of a list of change log entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Only entries about this resource: `attendance`, `seats` and so on.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// Only entries about the resource with this id, including its parts.
    pub resource_id: Option<Uuid>,
    /// Only changes of this kind.
    #[param(inline)]
    pub action: Option<ChangeAction>,
    /// Only changes by this actor, compared with `actor`.
    #[param(inline)]
    pub actor: Option<ShortText>,
    /// Only changes by this account.
    pub account_id: Option<Uuid>,
    /// Only changes made by this request.
    #[param(min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    pub request_id: Option<String>,
    /// Only changes at or after this instant.
    #[param(inline)]
    pub changed_from: Option<Instant>,
    /// Only changes before this instant.
    #[param(inline)]
    pub changed_until: Option<Instant>,
    /// The sort order; `-changed_at` by default.
    #[param(inline)]
    pub sort: Option<AuditSort>,
}
