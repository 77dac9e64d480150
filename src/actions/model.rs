//! The JSON types of actions, and their mapping to the table `actions`.

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::actions;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Reference, children, sorts};
use crate::rules::ranges;
use crate::values::{Code, Instant, Prose, ShortText, Title};
use crate::web::{editable, page, versioned};

#[derive(Debug, Clone, Serialize)]
pub struct GroupLink {
    group_id: Uuid,
}

#[derive(Debug, Clone, Serialize)]
pub struct MeetingLink {
    meeting_id: Uuid,
}

pub fn group_links(ids: &[Uuid]) -> Vec<GroupLink> {
    ids.iter().map(|group_id| GroupLink { group_id: *group_id }).collect()
}

pub fn meeting_links(ids: &[Uuid]) -> Vec<MeetingLink> {
    ids.iter().map(|meeting_id| MeetingLink { meeting_id: *meeting_id }).collect()
}

children! {
    /// The groups whose meetings count for an action.
    GROUPS, READ_GROUPS: action_groups of actions by action_id, keyed by group_id, { group_id: "uuid" }
}
children! {
    /// The single meetings that are linked to an action.
    MEETINGS, READ_MEETINGS: action_meetings of actions by action_id, keyed by meeting_id, { meeting_id: "uuid" }
}

const GROUP_IDS: &str =
    "ARRAY(SELECT c.group_id FROM action_groups c WHERE c.action_id = actions.id ORDER BY c.group_id)";
const MEETING_IDS: &str =
    "ARRAY(SELECT c.meeting_id FROM action_meetings c WHERE c.action_id = actions.id ORDER BY c.meeting_id)";

/// An action: what is done for an outcome. An action may have no targets.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = actions)]
pub struct Action {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the framework to which the action's outcome belongs.
    pub framework_id: Uuid,
    /// Id of the outcome to which the action belongs.
    pub outcome_id: Uuid,
    /// The code, which is unique in the framework and stays the same in later frameworks.
    pub code: Code,
    /// The reference that the published plan prints for it; null if the plan prints no reference.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<ShortText>,
    /// The text of the action in the plan.
    pub title: Title,
    /// The position of the action among the actions of its outcome.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
    /// Ids of groups. Their meetings count for the action while the association runs the group.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(GROUP_IDS), select_expression_type = FixedSql<Array<SqlUuid>>)]
    #[schema(max_items = 50)]
    pub group_ids: Vec<Uuid>,
    /// Ids of single meetings that also count for the action. A meeting may count for several
    /// actions.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(MEETING_IDS), select_expression_type = FixedSql<Array<SqlUuid>>)]
    #[schema(max_items = 200)]
    pub meeting_ids: Vec<Uuid>,
    /// The numbers of the lines of the published plan that contain the action.
    pub source_lines: Option<ShortText>,
    /// Irregularities in the published plan that concern the action.
    #[schema(max_items = 20)]
    pub quirks: Vec<ShortText>,
    /// Notes, as free text.
    pub notes: Option<Prose>,
}
versioned!(Action);
page!(ActionPage of Action);
sorts! {
    /// The orders in which a list of actions can be sorted.
    ActionSort of Action in actions:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table actions;
    /// Fields of a new action.
    #[schema(example = json!({
        "outcome_id": "0198c5b0-0000-7000-8000-000000000007", "code": "4.1.1", "ref": "4.1.1.",
        "title": "Four meetings of lead members", "position": 1,
        "group_ids": ["0198c5b0-0000-7000-8000-000000000001"]
    }))]
    new NewAction;
    /// Fields of an action to update.
    #[schema(example = json!({ "meeting_ids": ["0198c5b0-0000-7000-8000-000000000003"] }))]
    patch ActionPatch;
    fixed {}
    fixed_optional {}
    required {
        /// Id of the outcome to which the action belongs. It may change to another outcome in the
        /// same framework.
        outcome_id: Uuid,
        /// The code, which must be unique in the framework. It stays the same in later frameworks.
        code: Code,
        /// The text of the action in the plan.
        title: Title,
        /// The position of the action among the actions of its outcome.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {
        /// Irregularities in the published plan that concern the action.
        #[schema(max_items = 20)]
        quirks: Vec<ShortText>,
    }
    optional {
        /// The reference that the published plan prints for it; null if the plan prints no
        /// reference.
        #[serde(rename = "ref")]
        #[diesel(column_name = ref_)]
        printed_ref: ShortText,
        /// The numbers of the lines of the published plan that contain the action.
        source_lines: ShortText,
        /// Notes, as free text.
        notes: Prose,
    }
    children {
        /// Ids of groups. Their meetings count for the action while the association runs the group.
        #[schema(max_items = 50)]
        #[validate(custom(function = "ranges::are_distinct"))]
        group_ids: Vec<Uuid>,
        /// Ids of single meetings that also count for the action. A meeting may count for several
        /// actions.
        #[schema(max_items = 200)]
        #[validate(custom(function = "ranges::are_distinct"))]
        meeting_ids: Vec<Uuid>,
    }
}

/// Returns the ids of groups and meetings in an action, each with its JSON pointer.
pub fn references(group_ids: Option<&Vec<Uuid>>, meeting_ids: Option<&Vec<Uuid>>) -> Vec<Reference> {
    let groups = Reference::each("/group_ids", "groups", group_ids.into_iter().flatten());
    let meetings = Reference::each("/meeting_ids", "meetings", meeting_ids.into_iter().flatten());
    groups.chain(meetings).collect()
}

/// Filters and sort order of a list of actions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionFilter {
    /// Returns only actions of this framework.
    pub framework_id: Option<Uuid>,
    /// Returns only actions of this outcome.
    pub outcome_id: Option<Uuid>,
    /// Returns only actions for which the meetings of this group count.
    pub group_id: Option<Uuid>,
    /// Returns only actions with this code. A code is unique within a framework only.
    #[param(inline)]
    pub code: Option<Code>,
    /// The order of the returned list; `position` by default.
    #[param(inline)]
    pub sort: Option<ActionSort>,
}
