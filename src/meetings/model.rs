//! The JSON types of meetings, and their mapping to the table `meetings`.

use diesel::sql_types::{Date, Jsonb};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::meetings;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{
    Code, Day, ExternalId, Instant, Listed, MeetingKind, Prose, RuleErrors, ShortText, Slug, Title, text_enum,
};
use crate::web::{editable, page, versioned};

text_enum! {
    /// The status of a meeting.
    pub enum MeetingStatus {
        /// The meeting is planned. If a meeting keeps this status after its date, its result is
        /// missing.
        Scheduled = "scheduled",
        /// The meeting took place.
        Held = "held",
        /// The meeting took place without a quorum. Figures count it as held and also state the
        /// number of such meetings.
        Inquorate = "inquorate",
        /// The meeting did not take place.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How precisely a meeting's date is known.
    pub enum DatePrecision {
        /// The day is known.
        Day = "day",
        /// The month is known. The date may be any day in that month.
        Month = "month",
        /// The year is known. The date may be any day in that year.
        Year = "year",
    }
}

text_enum! {
    /// Whether a meeting's register is open, closed or not kept.
    pub enum RegisterState {
        /// Attendance records may still be added. Attendance rates do not count the meeting yet.
        Open = "open",
        /// The register is complete. A seat without an attendance record did not attend.
        Closed = "closed",
        /// Nobody kept a register. Attendance rates leave out the meeting, and the missing register
        /// makes no figure provisional.
        NotKept = "not_kept",
    }
}

/// Something that a meeting was to get, such as a briefing, and whether the meeting got it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliverable {
    /// What the meeting was to get, such as `briefing`, `update` or `lead_officer`.
    #[schema(example = "briefing")]
    pub deliverable: Slug,
    /// Whether the meeting got the deliverable; null if not known.
    #[serde(default)]
    pub delivered: Option<bool>,
}

children! {
    /// The deliverables of a meeting.
    DELIVERABLES, READ_DELIVERABLES: meeting_deliverables of meetings by meeting_id, keyed by deliverable,
    { deliverable: "text", delivered: "boolean" }
}
children! {
    /// The external ids of a meeting: its keys in external systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: meeting_external_ids of meetings by meeting_id, keyed by system,
    { system: "text", external_id: "text" }
}

/// The SQL expression for the first day on which figures count a meeting.
const COUNTS_ON: &str = "counts_on(meetings.held_on, meetings.latest_on)";

/// A meeting of a group, or an open event without a group. Several meetings may have the same date.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = meetings)]
pub struct Meeting {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the group that meets; null for an open event.
    pub group_id: Option<Uuid>,
    /// The kind of meeting.
    pub kind: MeetingKind,
    /// The title of the meeting.
    pub title: Title,
    /// The local date on which the meeting was or will be held.
    pub held_on: Day,
    /// How precisely `held_on` is known.
    pub date_precision: DatePrecision,
    /// The day on which a seat, a term or a council must exist to be expected. The database derives it
    /// from `held_on` and `date_precision`. A target counts the meeting from the last possible day
    /// of the meeting, or from the last day of its plan period if that is earlier.
    #[serde(skip)]
    #[schema(ignore)]
    #[diesel(select_expression = fixed::<Date>(COUNTS_ON), select_expression_type = FixedSql<Date>)]
    pub counts_on: Day,
    /// The status of the meeting.
    pub status: MeetingStatus,
    /// Whether the meeting's register is open, closed or not kept.
    pub register: RegisterState,
    /// Whether the register was constructed to reproduce a published total. Metrics count a
    /// constructed register, but rankings of councils leave it out.
    pub constructed: bool,
    /// What the meeting was to get, and whether it got it.
    #[diesel(deserialize_as = Listed<Deliverable>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_DELIVERABLES), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub deliverables: Vec<Deliverable>,
    /// Whether there may be another meeting with the same group, title and date. For an open event,
    /// whether there may be another open event with the same title and date.
    pub one_of_several: bool,
    /// Notes, as free text.
    pub notes: Option<Prose>,
    /// The meeting's keys in external systems.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
}

impl Restricted for Meeting {
    fn keys(&mut self) -> &mut Vec<ExternalId> {
        &mut self.external_ids
    }
}
versioned!(Meeting);

page!(MeetingPage of Meeting);
sorts! {
    /// The orders in which a list of meetings can be sorted.
    MeetingSort of Meeting in meetings:
    Held = "held_on" by held_on: Day, ascending;
    HeldDescending = "-held_on" by held_on: Day, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table meetings;
    /// Fields of a new meeting.
    #[schema(example = json!({
        "group_id": "0198c5b0-0000-7000-8000-000000000001", "title": "Adult social care lead members",
        "held_on": "2018-01-18", "status": "held",
        "deliverables": [{ "deliverable": "lead_officer", "delivered": true }]
    }))]
    new NewMeeting;
    /// Fields of a meeting to update.
    #[schema(example = json!({ "status": "held", "register": "closed" }))]
    patch MeetingPatch;
    fixed {}
    fixed_optional {
        /// Id of the group that meets; null for an open event.
        group_id: Uuid,
    }
    required {
        /// The title of the meeting.
        title: Title,
        /// The local date on which the meeting was or will be held.
        held_on: Day,
    }
    defaulted {
        /// The kind of meeting; `meeting` by default.
        kind: MeetingKind,
        /// How precisely `held_on` is known; `day` by default.
        date_precision: DatePrecision,
        /// The status of the meeting; `scheduled` by default.
        status: MeetingStatus,
        /// Whether the meeting's register is open, closed or not kept; `open` by default.
        register: RegisterState,
        /// Whether the register was constructed to reproduce a published total; false by default.
        /// Metrics count a constructed register, but rankings of councils leave it out.
        constructed: bool,
        /// Whether there may be another meeting with the same group, title and date; false by
        /// default. For an open event, whether there may be another open event with the same title
        /// and date. If false, such a second meeting is refused.
        one_of_several: bool,
    }
    optional {
        /// Notes, as free text.
        notes: Prose,
    }
    children {
        /// What the meeting was to get, and whether it got it.
        #[schema(max_items = 20)]
        #[validate(custom(function = "deliverables_are_distinct"))]
        deliverables: Vec<Deliverable>,
        /// The meeting's keys in external systems, at most one for each system.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn deliverables_are_distinct(deliverables: &[Deliverable]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let slugs: Vec<_> = deliverables.iter().map(|given| &given.deliverable).collect();
    ranges::check_distinct(&mut errors, &slugs, "/deliverable");
    errors.into_result()
}

/// Filters and sort order of a list of meetings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MeetingFilter {
    /// Returns only meetings of this group.
    pub group_id: Option<Uuid>,
    /// Returns only meetings that count for this action. These are the meetings of the action's
    /// groups while the association ran the groups, and the meetings that are linked to the action.
    pub action_id: Option<Uuid>,
    /// Returns only meetings that expect this council. A group's meeting expects each council whose
    /// seat has a holder on the meeting's date. An open event expects every council that exists on
    /// that date. If only the month or year is known, the last day of that period applies. Together
    /// with `register=open`, returns the meetings that still need attendance records from the
    /// council.
    pub council_id: Option<Uuid>,
    /// Returns only meetings of this kind.
    #[param(inline)]
    pub kind: Option<MeetingKind>,
    /// Returns only meetings with this status.
    #[param(inline)]
    pub status: Option<MeetingStatus>,
    /// Returns only meetings whose register is in this state.
    #[param(inline)]
    pub register: Option<RegisterState>,
    /// Returns only meetings on or after this date.
    #[param(inline)]
    pub held_from: Option<Day>,
    /// Returns only meetings before this date.
    #[param(inline)]
    pub held_until: Option<Day>,
    /// Returns only the meeting with this key in an external system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The external system in which `external_id` is a key; any external system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order of the returned list; `held_on` by default.
    #[param(inline)]
    pub sort: Option<MeetingSort>,
}
