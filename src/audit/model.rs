//! An entry of the change log on the wire.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::changed_rows;
use crate::db::{ActorKind, sorts};
use crate::values::{Instant, Line, Slug, text_enum};
use crate::web::{Versioned, page};

text_enum! {
    /// What was done to a row.
    pub enum ChangeAction {
        /// It was made.
        Created = "created",
        /// It says something else.
        Changed = "changed",
        /// It is gone.
        Deleted = "deleted",
    }
}

/// What was done to one row: by whom, when, and how it was before and after.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = changed_rows)]
pub struct AuditEntry {
    /// Our id; it grows as things happen.
    pub id: Uuid,
    /// When the transaction began that did it.
    pub changed_at: Instant,
    /// What acted.
    pub actor_kind: ActorKind,
    /// The account that acted; null for whoever has none.
    pub account_id: Option<Uuid>,
    /// Who acted: a client's name, a user's account id, the subject of a token made at the console, an operator's name.
    pub actor: Line,
    /// The operation's id, or the command.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z ]+$", example = "bulkAttendance")]
    pub operation: String,
    /// The request's id, as in its answer and in the log; null for a command.
    #[schema(
        min_length = 8,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    pub request_id: Option<String>,
    /// The resource.
    pub resource: Slug,
    /// The resource's id.
    pub resource_id: Uuid,
    /// The table that holds a part of the resource, where a part was changed; null for the resource itself.
    pub part: Option<Slug>,
    /// What was done.
    pub action: ChangeAction,
    /// The row before, column by column; null if it was made.
    #[schema(value_type = Option<Object>, example = json!({ "status": "absent" }))]
    pub before: Option<Value>,
    /// The row after, column by column; null if it is gone.
    #[schema(value_type = Option<Object>, example = json!({ "status": "present" }))]
    pub after: Option<Value>,
}
page!(AuditPage of AuditEntry);
sorts! {
    /// How entries are sorted.
    AuditSort of AuditEntry in changed_rows:
    Latest = "-changed_at" by changed_at: Instant, descending;
    Earliest = "changed_at" by changed_at: Instant, ascending;
}

/// Columns that hold a person's name or address.
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

/// Which entries to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Entries about this resource: `attendance`, `seats` and so on.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// Entries about the resource of this id, parts of it included.
    pub resource_id: Option<Uuid>,
    /// What was done.
    #[param(inline)]
    pub action: Option<ChangeAction>,
    /// Entries of this actor, by the name in `actor`.
    #[param(inline)]
    pub actor: Option<Line>,
    /// Entries of this account.
    pub account_id: Option<Uuid>,
    /// Entries of one request.
    #[param(min_length = 8, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    pub request_id: Option<String>,
    /// Entries at or after this instant.
    #[param(inline)]
    pub changed_from: Option<Instant>,
    /// Entries before this instant.
    #[param(inline)]
    pub changed_until: Option<Instant>,
    /// The order; the latest first if not said.
    #[param(inline)]
    pub sort: Option<AuditSort>,
}
