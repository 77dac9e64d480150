//! The JSON types of groups, and their mapping to the table `groups`.

use diesel::sql_types::Jsonb;
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::groups;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, Day, ExternalId, Instant, Listed, Prose, ShortText};
use crate::web::{editable, page, versioned};

children! {
    /// The external ids of a group: its keys in external systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: group_external_ids of groups by group_id, keyed by system,
    { system: "text", external_id: "text" }
}

/// A body that meets, such as a committee, or a cohort of people, such as "leaders and chief
/// executives".
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = groups)]
pub struct Group {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// The code that identifies the group, unique among groups.
    pub code: Code,
    /// The name of the group.
    pub name: ShortText,
    /// The first day on which the association runs the group; null if it ran the group before the
    /// first record.
    pub responsible_from: Option<Day>,
    /// The day after the last day on which the association runs the group; null if no end is known.
    /// Figures do not count the group's meetings before the first day or after the last day.
    pub responsible_until: Option<Day>,
    /// The body that runs the group after the association; null if no body took over.
    pub handed_to: Option<ShortText>,
    /// Notes, as free text.
    pub notes: Option<Prose>,
    /// The group's keys in external systems.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = FixedSql<Jsonb>)]
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
    /// The orders in which a list of groups can be sorted.
    GroupSort of Group in groups:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table groups;
    /// Fields of a new group.
    #[validate(schema(function = "responsible_in_order", skip_on_field_errors = false))]
    #[schema(example = json!({
        "code": "adult-lead-members", "name": "Adult social care lead members",
        "external_ids": [{ "system": "crm", "external_id": "GRP-7" }]
    }))]
    new NewGroup;
    /// Fields of a group to update.
    #[schema(example = json!({ "responsible_until": "2017-08-01", "handed_to": "ADASS East" }))]
    patch GroupPatch;
    fixed {}
    fixed_optional {}
    required {
        /// The code that identifies the group, unique among groups.
        code: Code,
        /// The name of the group.
        name: ShortText,
    }
    defaulted {}
    optional {
        /// The first day on which the association runs the group; null if it ran the group before
        /// the first record.
        responsible_from: Day,
        /// The day after the last day on which the association runs the group; null if no end is
        /// known. Figures do not count the group's meetings before the first day or after the last
        /// day.
        responsible_until: Day,
        /// The body that runs the group after the association.
        handed_to: ShortText,
        /// Notes, as free text.
        notes: Prose,
    }
    children {
        /// The group's keys in external systems, at most one for each system.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn responsible_in_order(new: &NewGroup) -> Result<(), ValidationError> {
    ranges::in_order((new.responsible_from, new.responsible_until), "/responsible_until")
}

/// Filters and sort order of a list of groups.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupFilter {
    /// Returns only the group with this code.
    #[param(inline)]
    pub code: Option<Code>,
    /// Returns only groups that the association runs on this date.
    #[param(inline)]
    pub responsible_on: Option<Day>,
    /// Returns only the group with this key in an external system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The external system in which `external_id` is a key; any external system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order of the returned list; `name` by default.
    #[param(inline)]
    pub sort: Option<GroupSort>,
}
