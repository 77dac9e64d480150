//! A revision on the wire and in its table.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::revisions;
use crate::db::sorts;
use crate::values::{Day, Instant, Line, Number, Prose};
use crate::web::{editable, page, versioned};

/// A change of a target's threshold. What it was before is kept.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = revisions)]
pub struct Revision {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The target.
    pub target_id: Uuid,
    /// From which day the new threshold holds.
    pub revised_on: Day,
    /// The new threshold.
    pub threshold: Number,
    /// The threshold it replaced.
    pub previous_threshold: Option<Number>,
    /// Why.
    pub reason: Prose,
    /// Where that was decided.
    pub reference: Option<Line>,
}
versioned!(Revision);
page!(RevisionPage of Revision);
sorts! {
    /// How revisions are sorted.
    RevisionSort of Revision in revisions:
    Revised = "revised_on" by revised_on: Day, ascending;
    RevisedDescending = "-revised_on" by revised_on: Day, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table revisions;
    /// What it takes to revise a target's threshold.
    #[schema(example = json!({
        "target_id": "0198c5b0-0000-7000-8000-000000000009", "revised_on": "2018-01-26", "threshold": 1,
        "reason": "Members agreed that one summit a year is enough.", "reference": "Summit, 26 January 2018"
    }))]
    new NewRevision;
    /// What may change of a revision: how it is explained. Its date and threshold stay; a wrong one is deleted.
    #[schema(example = json!({ "reference": "Minute 12" }))]
    patch RevisionPatch;
    fixed {
        /// The target.
        target_id: Uuid,
        /// From which day the new threshold holds; later than the target's other revisions.
        revised_on: Day,
        /// The new threshold.
        threshold: Number,
    }
    fixed_optional {}
    required {
        /// Why.
        reason: Prose,
    }
    defaulted {}
    optional {
        /// Where that was decided.
        reference: Line,
    }
    children {}
}

/// Which revisions to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevisionFilter {
    /// Revisions of this target.
    pub target_id: Option<Uuid>,
    /// The order; dates if not said.
    #[param(inline)]
    pub sort: Option<RevisionSort>,
}
