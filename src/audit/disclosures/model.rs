//! JSON types of disclosures.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::disclosures;
use crate::db::{ActorKind, sorts};
use crate::values::{Instant, ShortText, Slug};
use crate::web::{Versioned, page};

/// A record that a response showed names of persons to a caller.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = disclosures)]
pub struct Disclosure {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// When the disclosure was recorded, just before the response was sent.
    pub disclosed_at: Instant,
    /// The kind of the caller, for example a client or a user.
    pub actor_kind: ActorKind,
    /// The caller's account; null for a caller without an account.
    pub account_id: Option<Uuid>,
    /// The name of the caller. It is a client's name, a user's account id, or the subject of a
    /// token that was created on the command line.
    pub actor: ShortText,
    /// The `operationId` of the request.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z ]+$", example = "listSeats")]
    pub operation: String,
    /// The id of the request, as in its response and in the log.
    #[schema(
        min_length = 8,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    pub request_id: Option<String>,
    /// The resource whose rows contain the names.
    pub resource: Slug,
    /// The ids of the rows whose names the response showed.
    #[schema(max_items = 500)]
    pub row_ids: Vec<Uuid>,
}
page!(DisclosurePage of Disclosure);
sorts! {
    /// Sort orders of disclosures.
    DisclosureSort of Disclosure in disclosures:
    Latest = "-disclosed_at" by disclosed_at: Instant, descending;
    Earliest = "disclosed_at" by disclosed_at: Instant, ascending;
}

impl Versioned for Disclosure {
    fn id(&self) -> Uuid {
        self.id
    }

    fn version(&self) -> i64 {
        1
    }
}

/// Filters and order of a list of disclosures.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DisclosureFilter {
    /// Only disclosures of names in rows of this resource: `seats`, `attendance`, `accounts`,
    /// `audit`.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// Only disclosures of the name in the row with this id.
    pub row_id: Option<Uuid>,
    /// Only disclosures to the caller with this name, compared with `actor`.
    #[param(inline)]
    pub actor: Option<ShortText>,
    /// Only disclosures to this account.
    pub account_id: Option<Uuid>,
    /// Only disclosures at or after this instant.
    #[param(inline)]
    pub disclosed_from: Option<Instant>,
    /// Only disclosures before this instant.
    #[param(inline)]
    pub disclosed_until: Option<Instant>,
    /// The order of the disclosures. Default: `-disclosed_at`, the latest first.
    #[param(inline)]
    pub sort: Option<DisclosureSort>,
}
