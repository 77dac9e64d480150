//! A disclosure on the wire.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::disclosures;
use crate::db::{ActorKind, sorts};
use crate::values::{Instant, Line, Slug};
use crate::web::{Versioned, page};

/// That somebody was shown the names in some rows.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = disclosures)]
pub struct Disclosure {
    /// Our id.
    pub id: Uuid,
    /// When it was put on record, just before the answer was sent.
    pub disclosed_at: Instant,
    /// What asked.
    pub actor_kind: ActorKind,
    /// The account that asked; null for whoever has none.
    pub account_id: Option<Uuid>,
    /// Who asked: a client's name, a user's account id, the subject of a token made at the console.
    pub actor: Line,
    /// The operation's id.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z ]+$", example = "listSeats")]
    pub operation: String,
    /// The request's id, as in its answer and in the log.
    #[schema(
        min_length = 8,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$",
        example = "0198c5b0-0000-7000-8000-000000000000"
    )]
    pub request_id: Option<String>,
    /// The resource that the names are in.
    pub resource: Slug,
    /// The rows whose names were shown.
    #[schema(max_items = 500)]
    pub row_ids: Vec<Uuid>,
}
page!(DisclosurePage of Disclosure);
sorts! {
    /// How disclosures are sorted.
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

/// Which disclosures to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DisclosureFilter {
    /// Disclosures of names in this resource: `seats`, `attendance`, `accounts`, `audit`.
    #[param(inline)]
    pub resource: Option<Slug>,
    /// Disclosures of the name in this row.
    pub row_id: Option<Uuid>,
    /// Disclosures to this actor, by the name in `actor`.
    #[param(inline)]
    pub actor: Option<Line>,
    /// Disclosures to this account.
    pub account_id: Option<Uuid>,
    /// Disclosures at or after this instant.
    #[param(inline)]
    pub disclosed_from: Option<Instant>,
    /// Disclosures before this instant.
    #[param(inline)]
    pub disclosed_until: Option<Instant>,
    /// The order; the latest first if not said.
    #[param(inline)]
    pub sort: Option<DisclosureSort>,
}
