//! An action on the wire and in its table.

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::actions;
use crate::db::sql::{Fixed, fixed};
use crate::db::{Reference, children, sorts};
use crate::rules::ranges;
use crate::values::{Code, Instant, Line, Prose, Title};
use crate::web::{editable, page, versioned};

/// A group an action works through.
#[derive(Debug, Clone, Serialize)]
pub struct GroupLink {
    group_id: Uuid,
}

/// A single meeting linked to an action.
#[derive(Debug, Clone, Serialize)]
pub struct MeetingLink {
    meeting_id: Uuid,
}

/// The links to these groups.
pub fn group_links(ids: &[Uuid]) -> Vec<GroupLink> {
    ids.iter().map(|group_id| GroupLink { group_id: *group_id }).collect()
}

/// The links to these meetings.
pub fn meeting_links(ids: &[Uuid]) -> Vec<MeetingLink> {
    ids.iter().map(|meeting_id| MeetingLink { meeting_id: *meeting_id }).collect()
}

children! {
    /// The groups an action works through.
    GROUPS, READ_GROUPS: action_groups of actions by action_id, told apart by group_id, { group_id: "uuid" }
}
children! {
    /// The single meetings linked to an action.
    MEETINGS, READ_MEETINGS: action_meetings of actions by action_id, told apart by meeting_id, { meeting_id: "uuid" }
}

const GROUP_IDS: &str =
    "ARRAY(SELECT c.group_id FROM action_groups c WHERE c.action_id = actions.id ORDER BY c.group_id)";
const MEETING_IDS: &str =
    "ARRAY(SELECT c.meeting_id FROM action_meetings c WHERE c.action_id = actions.id ORDER BY c.meeting_id)";

/// Something done for an outcome. It can have no target.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = actions)]
pub struct Action {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The framework: the outcome's.
    pub framework_id: Uuid,
    /// The outcome.
    pub outcome_id: Uuid,
    /// Its stable key, unique in the framework.
    pub code: Code,
    /// The printed reference; null where none is printed.
    #[serde(rename = "ref")]
    #[diesel(column_name = ref_)]
    pub printed_ref: Option<Line>,
    /// What is done.
    pub title: Title,
    /// Its place among its siblings.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
    /// The groups it works through: their meetings are its meetings while they are responsible.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(GROUP_IDS), select_expression_type = Fixed<Array<SqlUuid>>)]
    #[schema(max_items = 50)]
    pub group_ids: Vec<Uuid>,
    /// Single meetings linked to it; one meeting can serve several actions.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(MEETING_IDS), select_expression_type = Fixed<Array<SqlUuid>>)]
    #[schema(max_items = 200)]
    pub meeting_ids: Vec<Uuid>,
    /// Where the published document has it.
    pub source_lines: Option<Line>,
    /// What is odd about it in the published document.
    #[schema(max_items = 20)]
    pub quirks: Vec<Line>,
    /// Anything else worth knowing.
    pub notes: Option<Prose>,
}
versioned!(Action);
page!(ActionPage of Action);
sorts! {
    /// How actions are sorted.
    ActionSort of Action in actions:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table actions;
    /// What it takes to enter an action.
    #[schema(example = json!({
        "outcome_id": "0198c5b0-0000-7000-8000-000000000007", "code": "4.1.1", "ref": "4.1.1.",
        "title": "Four meetings of lead members", "position": 1,
        "group_ids": ["0198c5b0-0000-7000-8000-000000000001"]
    }))]
    new NewAction;
    /// What may change of an action.
    #[schema(example = json!({ "meeting_ids": ["0198c5b0-0000-7000-8000-000000000003"] }))]
    patch ActionPatch;
    fixed {}
    fixed_optional {}
    required {
        /// The outcome. It may move to another outcome of the same framework.
        outcome_id: Uuid,
        /// Its stable key, unique in the framework.
        code: Code,
        /// What is done.
        title: Title,
        /// Its place among its siblings.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
    }
    defaulted {
        /// What is odd about it in the published document.
        #[schema(max_items = 20)]
        quirks: Vec<Line>,
    }
    optional {
        /// The printed reference; null where none is printed.
        #[serde(rename = "ref")]
        #[diesel(column_name = ref_)]
        printed_ref: Line,
        /// Where the published document has it.
        source_lines: Line,
        /// Anything else worth knowing.
        notes: Prose,
    }
    children {
        /// The groups it works through: their meetings are its meetings while they are responsible.
        #[schema(max_items = 50)]
        #[validate(custom(function = "ranges::are_distinct"))]
        group_ids: Vec<Uuid>,
        /// Single meetings linked to it; one meeting can serve several actions.
        #[schema(max_items = 200)]
        #[validate(custom(function = "ranges::are_distinct"))]
        meeting_ids: Vec<Uuid>,
    }
}

/// The rows that an action's lists name.
pub fn references(group_ids: Option<&Vec<Uuid>>, meeting_ids: Option<&Vec<Uuid>>) -> Vec<Reference> {
    let groups = Reference::each("/group_ids", "groups", group_ids.into_iter().flatten());
    let meetings = Reference::each("/meeting_ids", "meetings", meeting_ids.into_iter().flatten());
    groups.chain(meetings).collect()
}

/// Which actions to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActionFilter {
    /// Actions of this framework.
    pub framework_id: Option<Uuid>,
    /// Actions of this outcome.
    pub outcome_id: Option<Uuid>,
    /// Actions that work through this group.
    pub group_id: Option<Uuid>,
    /// The action with this code; codes are unique in a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// The order; positions if not said.
    #[param(inline)]
    pub sort: Option<ActionSort>,
}
