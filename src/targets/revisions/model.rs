//! The JSON types of revisions, and their mapping to the table `revisions`.

use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::revisions;
use crate::db::sorts;
use crate::values::{Day, Instant, Number, Prose, ShortText};
use crate::web::{editable, page, versioned};

/// A dated change of a target's threshold.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = revisions)]
pub struct Revision {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the target.
    pub target_id: Uuid,
    /// The first day on which the new threshold applies.
    pub revised_on: Day,
    /// The new threshold, in the target's unit.
    pub threshold: Number,
    /// The threshold that applied before the revision.
    pub previous_threshold: Option<Number>,
    /// The reason for which the threshold was changed.
    pub reason: Prose,
    /// The decision behind the change, such as a meeting or a minute.
    pub reference: Option<ShortText>,
}
versioned!(Revision);
page!(RevisionPage of Revision);
sorts! {
    /// The orders in which a list of revisions can be sorted.
    RevisionSort of Revision in revisions:
    Revised = "revised_on" by revised_on: Day, ascending;
    RevisedDescending = "-revised_on" by revised_on: Day, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table revisions;
    /// Fields of a new revision.
    #[schema(example = json!({
        "target_id": "0198c5b0-0000-7000-8000-000000000009", "revised_on": "2018-01-26", "threshold": 1,
        "reason": "Members agreed that one summit a year is enough.", "reference": "Summit, 26 January 2018"
    }))]
    new NewRevision;
    /// Fields of a revision to update: the reason and the reference. To change the date or the
    /// threshold, delete the revision and create another.
    #[schema(example = json!({ "reference": "Minute 12" }))]
    patch RevisionPatch;
    fixed {
        /// Id of the target.
        target_id: Uuid,
        /// The first day on which the new threshold applies. It must be later than the dates of the
        /// target's other revisions.
        revised_on: Day,
        /// The new threshold, in the target's unit.
        threshold: Number,
    }
    fixed_optional {}
    required {
        /// The reason for which the threshold was changed.
        reason: Prose,
    }
    defaulted {}
    optional {
        /// The decision behind the change, such as a meeting or a minute.
        reference: ShortText,
    }
    children {}
}

/// Filters and sort order of a list of revisions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevisionFilter {
    /// Returns only revisions of this target.
    pub target_id: Option<Uuid>,
    /// The order of the returned list; `revised_on` by default.
    #[param(inline)]
    pub sort: Option<RevisionSort>,
}
