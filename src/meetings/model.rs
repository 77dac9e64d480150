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
        /// The meeting is planned. A meeting that keeps this status after its date is unreported.
        Scheduled = "scheduled",
        /// The meeting took place.
        Held = "held",
        /// The meeting took place without a quorum. Figures count the meeting and flag it.
        Inquorate = "inquorate",
        /// The meeting did not take place.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// The precision of a meeting's date.
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
    /// The state of a meeting's register.
    pub enum RegisterState {
        /// The register may still get lines. Attendance rates do not count the meeting yet.
        Open = "open",
        /// The register is complete: a seat without a line did not attend.
        Closed = "closed",
        /// Nobody kept a register. Attendance rates exclude the meeting, and no figure is
        /// provisional because of the meeting.
        NotKept = "not_kept",
    }
}

/// Something that a meeting was to get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliverable {
    /// The deliverable, such as `briefing`, `update` or `lead_officer`.
    #[schema(example = "briefing")]
    pub deliverable: Slug,
    /// Whether it was delivered; null if not known.
    #[serde(default)]
    pub delivered: Option<bool>,
}

children! {
    /// The deliverables of a meeting.
    DELIVERABLES, READ_DELIVERABLES: meeting_deliverables of meetings by meeting_id, keyed by deliverable,
    { deliverable: "text", delivered: "boolean" }
}
children! {
    /// The external ids of a meeting: its keys in other systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: meeting_external_ids of meetings by meeting_id, keyed by system,
    { system: "text", external_id: "text" }
}

/// The SQL expression for the first day on which a figure counts a meeting.
const COUNTS_ON: &str = "counts_on(meetings.held_on, meetings.latest_on)";

/// One meeting of a group, or an open event without a group. Several meetings may have the same
/// date.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = meetings)]
pub struct Meeting {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Id of the group that meets; null for an open event.
    pub group_id: Option<Uuid>,
    /// The kind of meeting.
    pub kind: MeetingKind,
    /// The title.
    pub title: Title,
    /// The local date on which the meeting was or will be held.
    pub held_on: Day,
    /// How precisely that date is known.
    pub date_precision: DatePrecision,
    /// The first day on which a figure counts the meeting. The database derives this day from
    /// `held_on` and `date_precision`.
    #[serde(skip)]
    #[schema(ignore)]
    #[diesel(select_expression = fixed::<Date>(COUNTS_ON), select_expression_type = FixedSql<Date>)]
    pub counts_on: Day,
    /// The status of the meeting.
    pub status: MeetingStatus,
    /// The state of its register.
    pub register: RegisterState,
    /// Whether the register was constructed to reproduce a published total. Metrics count a
    /// constructed register; rankings of councils ignore constructed registers.
    pub constructed: bool,
    /// What the meeting was to get, and whether the meeting got each item.
    #[diesel(deserialize_as = Listed<Deliverable>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_DELIVERABLES), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub deliverables: Vec<Deliverable>,
    /// Whether the same group had several meetings with this title on this day. For an open event:
    /// whether there were several events with this title on this day.
    pub one_of_several: bool,
    /// Notes, as free text.
    pub notes: Option<Prose>,
    /// The meeting's keys in other systems.
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
    /// Sort orders of meetings.
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
        /// The title.
        title: Title,
        /// The local date on which the meeting was or will be held.
        held_on: Day,
    }
    defaulted {
        /// The kind of meeting; `meeting` by default.
        kind: MeetingKind,
        /// How precisely that date is known; `day` by default.
        date_precision: DatePrecision,
        /// The status of the meeting; `scheduled` by default.
        status: MeetingStatus,
        /// The state of its register; `open` by default.
        register: RegisterState,
        /// Whether the register was constructed to reproduce a published total; false by default.
        /// Metrics count a constructed register; rankings of councils ignore constructed registers.
        constructed: bool,
        /// Whether the same group had several meetings with this title on this day; false by
        /// default. For an open event: whether there were several events with this title on this
        /// day. If false, a second meeting with the same group, title and day is refused.
        one_of_several: bool,
    }
    optional {
        /// Notes, as free text.
        notes: Prose,
    }
    children {
        /// What the meeting was to get, and whether the meeting got each item.
        #[schema(max_items = 20)]
        #[validate(custom(function = "deliverables_are_distinct"))]
        deliverables: Vec<Deliverable>,
        /// The meeting's keys in other systems, at most one for each system.
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
    /// Only meetings of this group.
    pub group_id: Option<Uuid>,
    /// Only meetings that count for this action: meetings that the action's groups held while the
    /// association ran the groups, and meetings that are linked to the action.
    pub action_id: Option<Uuid>,
    /// Only meetings that expect this council. A group's meeting expects each council whose seat
    /// has a holder on the meeting's date. An open event expects every council that exists on that
    /// date. If only the month or year is known, the last day of that period applies. Together with
    /// `register=open`, the filter returns the registers that still need lines from the council.
    pub council_id: Option<Uuid>,
    /// Only meetings of this kind.
    #[param(inline)]
    pub kind: Option<MeetingKind>,
    /// Only meetings with this status.
    #[param(inline)]
    pub status: Option<MeetingStatus>,
    /// Only meetings whose register is in this state.
    #[param(inline)]
    pub register: Option<RegisterState>,
    /// Only meetings on or after this date.
    #[param(inline)]
    pub held_from: Option<Day>,
    /// Only meetings before this date.
    #[param(inline)]
    pub held_until: Option<Day>,
    /// Only the meeting with this key in another system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The system of `external_id`; any system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The sort order; `held_on` by default.
    #[param(inline)]
    pub sort: Option<MeetingSort>,
}
