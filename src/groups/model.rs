//! A group on the wire and in its table.

use diesel::sql_types::Jsonb;
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::groups;
use crate::db::sql::{Fixed, fixed};
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, Day, ExternalId, Instant, Line, Listed, Prose};
use crate::web::{editable, page, versioned};

children! {
    /// The keys other systems know a group by.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: group_external_ids of groups by group_id, told apart by system,
    { system: "text", external_id: "text" }
}

/// A standing body or cohort: an assembly, a committee, a network, "leaders and chief executives".
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = groups)]
pub struct Group {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// A stable key.
    pub code: Code,
    /// Its name.
    pub name: Line,
    /// The first day it is the association's to run; null for always.
    pub responsible_from: Option<Day>,
    /// The day after the last; null while it is. Meetings outside do not count.
    pub responsible_until: Option<Day>,
    /// Who runs it afterwards.
    pub handed_to: Option<Line>,
    /// Anything else worth knowing.
    pub notes: Option<Prose>,
    /// The keys other systems know it by.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = Fixed<Jsonb>)]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
}

impl Restricted for Group {
    fn keys(&mut self) -> &mut Vec<ExternalId> {
        &mut self.external_ids
    }
}
versioned!(Group);
page!(GroupPage of Group);
sorts! {
    /// How groups are sorted.
    GroupSort of Group in groups:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table groups;
    /// What it takes to enter a group.
    #[validate(schema(function = "responsible_in_order", skip_on_field_errors = false))]
    #[schema(example = json!({
        "code": "adult-lead-members", "name": "Adult social care lead members",
        "external_ids": [{ "system": "crm", "external_id": "GRP-7" }]
    }))]
    new NewGroup;
    /// What may change of a group.
    #[schema(example = json!({ "responsible_until": "2017-08-01", "handed_to": "ADASS East" }))]
    patch GroupPatch;
    fixed {}
    fixed_optional {}
    required {
        /// A stable key.
        code: Code,
        /// Its name.
        name: Line,
    }
    defaulted {}
    optional {
        /// The first day it is the association's to run; null for always.
        responsible_from: Day,
        /// The day after the last; null while it is. Meetings outside do not count.
        responsible_until: Day,
        /// Who runs it afterwards.
        handed_to: Line,
        /// Anything else worth knowing.
        notes: Prose,
    }
    children {
        /// The keys other systems know it by.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn responsible_in_order(new: &NewGroup) -> Result<(), ValidationError> {
    ranges::in_order((new.responsible_from, new.responsible_until), "/responsible_until")
}

/// Which groups to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupFilter {
    /// The group with this code.
    #[param(inline)]
    pub code: Option<Code>,
    /// Groups that are the association's to run on this date.
    #[param(inline)]
    pub responsible_on: Option<Day>,
    /// The group another system knows by this key.
    #[param(inline)]
    pub external_id: Option<Line>,
    /// Which system's key it is; any if not said.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order; names if not said.
    #[param(inline)]
    pub sort: Option<GroupSort>,
}
