//! JSON types of the change log.

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
    /// What happened to the row.
    pub enum ChangeAction {
        /// The row was created.
        Created = "created",
        /// The row was updated.
        Changed = "changed",
        /// The row was deleted.
        Deleted = "deleted",
    }
}

/// A change of one row. It says who made the change and when, and contains the row before and
/// after.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = changed_rows)]
pub struct AuditEntry {
    /// Id, assigned by the server. Later entries have larger ids.
    pub id: Uuid,
    /// When the transaction that made the change began.
    pub changed_at: Instant,
    /// The kind of the actor, for example a client or a user.
    pub actor_kind: ActorKind,
    /// The account that made the change; null for an actor without an account.
    pub account_id: Option<Uuid>,
    /// The name of the actor. It is a client's name, a user's account id, the subject of a token
    /// that was created on the command line, or an operator's name.
    pub actor: ShortText,
    /// The `operationId` of the request, or the name of the command.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z ]+$", example = "bulkAttendance")]
    pub operation: String,
    /// The id of the request, as in its response and in the log. Null for a command.
    #[schema(
        min_length = 8,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    pub request_id: Option<String>,
    /// The resource that the row belongs to.
    pub resource: Slug,
    /// The id of the resource.
    pub resource_id: Uuid,
    /// The table that contains the changed part of the resource. Null if the row of the resource
    /// itself was changed.
    pub part: Option<Slug>,
    /// Whether the row was created, updated or deleted.
    pub action: ChangeAction,
    /// The row before the change, as an object with one member for each column; null if the row was
    /// created.
    #[schema(value_type = Option<Object>, example = json!({ "status": "absent" }))]
    pub before: Option<Value>,
    /// The row after the change, as an object with one member for each column; null if the row was
    /// deleted.
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

/// The columns that contain the name or the e-mail address of a person.
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

/// Filters and order of a list of change log entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Only entries about this resource, for example `attendance` or `seats`.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// Only entries about the resource with this id, including entries about its parts.
    pub resource_id: Option<Uuid>,
    /// Only entries about changes of this kind.
    #[param(inline)]
    pub action: Option<ChangeAction>,
    /// Only changes by the actor with this name, compared with `actor`.
    #[param(inline)]
    pub actor: Option<ShortText>,
    /// Only changes by the account with this id.
    pub account_id: Option<Uuid>,
    /// Only changes that the request with this id made.
    #[param(min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    pub request_id: Option<String>,
    /// Only changes at or after this instant.
    #[param(inline)]
    pub changed_from: Option<Instant>,
    /// Only changes before this instant.
    #[param(inline)]
    pub changed_until: Option<Instant>,
    /// The order of the entries. Default: `-changed_at`, the latest first.
    #[param(inline)]
    pub sort: Option<AuditSort>,
}
