//! A meeting on the wire and in its table.

use diesel::sql_types::{Date, Jsonb};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::meetings;
use crate::db::sql::{Fixed, fixed};
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{
    Code, Day, ExternalId, Findings, Instant, Line, Listed, MeetingKind, Prose, Slug, Title, text_enum,
};
use crate::web::{editable, page, versioned};

text_enum! {
    /// What became of a meeting.
    pub enum MeetingStatus {
        /// It is to come; once its date is past, it is unreported.
        Scheduled = "scheduled",
        /// It took place.
        Held = "held",
        /// It took place without a quorum: it counts, and is flagged.
        Inquorate = "inquorate",
        /// It did not take place.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How precisely a date is known.
    pub enum DatePrecision {
        /// To the day.
        Day = "day",
        /// To the month: any day of it stands for the month.
        Month = "month",
        /// To the year: any day of it stands for the year.
        Year = "year",
    }
}

text_enum! {
    /// The state of a meeting's register.
    pub enum RegisterState {
        /// Lines are still coming in; rates wait.
        Open = "open",
        /// It is complete: a seat without a line did not attend.
        Closed = "closed",
        /// None was kept: the meeting is out of rates, and nobody waits for it.
        NotKept = "not_kept",
    }
}

/// Something a meeting was to be given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliverable {
    /// What: briefing, update, lead_officer.
    #[schema(example = "briefing")]
    pub deliverable: Slug,
    /// Whether it was; null when not known.
    #[serde(default)]
    pub delivered: Option<bool>,
}

children! {
    /// What a meeting was to be given.
    DELIVERABLES, READ_DELIVERABLES: meeting_deliverables of meetings by meeting_id, told apart by deliverable,
    { deliverable: "text", delivered: "boolean" }
}
children! {
    /// The keys other systems know a meeting by.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: meeting_external_ids of meetings by meeting_id, told apart by system,
    { system: "text", external_id: "text" }
}

/// The day from which a meeting counts.
const COUNTS_ON: &str = "counts_on(meetings.held_on, meetings.latest_on)";

/// One gathering of a group, or an event without one. A date does not identify a meeting.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = meetings)]
pub struct Meeting {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The group that meets; null for an open event.
    pub group_id: Option<Uuid>,
    /// What sort of gathering.
    pub kind: MeetingKind,
    /// What it is called.
    pub title: Title,
    /// The local date it was or will be held on.
    pub held_on: Day,
    /// How precisely that date is known.
    pub date_precision: DatePrecision,
    /// The day from which it counts, which the database works out of these two.
    #[serde(skip)]
    #[schema(ignore)]
    #[diesel(select_expression = fixed::<Date>(COUNTS_ON), select_expression_type = Fixed<Date>)]
    pub counts_on: Day,
    /// What became of it.
    pub status: MeetingStatus,
    /// The state of its register.
    pub register: RegisterState,
    /// Whether its register was constructed to reproduce a published total. Metrics count such a register; no council
    /// is ranked by it.
    pub constructed: bool,
    /// What it was to be given, and whether it was.
    #[diesel(deserialize_as = Listed<Deliverable>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_DELIVERABLES), select_expression_type = Fixed<Jsonb>)]
    #[schema(max_items = 20)]
    pub deliverables: Vec<Deliverable>,
    /// Whether its group had several meetings of this title on this day; without a group, whether there were several such
    /// events.
    pub one_of_several: bool,
    /// Anything else worth knowing.
    pub notes: Option<Prose>,
    /// The keys other systems know it by.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = Fixed<Jsonb>)]
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
    /// How meetings are sorted.
    MeetingSort of Meeting in meetings:
    Held = "held_on" by held_on: Day, ascending;
    HeldDescending = "-held_on" by held_on: Day, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table meetings;
    /// What it takes to enter a meeting.
    #[schema(example = json!({
        "group_id": "0198c5b0-0000-7000-8000-000000000001", "title": "Adult social care lead members",
        "held_on": "2018-01-18", "status": "held",
        "deliverables": [{ "deliverable": "lead_officer", "delivered": true }]
    }))]
    new NewMeeting;
    /// What may change of a meeting.
    #[schema(example = json!({ "status": "held", "register": "closed" }))]
    patch MeetingPatch;
    fixed {}
    fixed_optional {
        /// The group that meets; null for an open event.
        group_id: Uuid,
    }
    required {
        /// What it is called.
        title: Title,
        /// The local date it was or will be held on.
        held_on: Day,
    }
    defaulted {
        /// What sort of gathering; a meeting if not said.
        kind: MeetingKind,
        /// How precisely that date is known; to the day if not said.
        date_precision: DatePrecision,
        /// What became of it; scheduled if not said.
        status: MeetingStatus,
        /// The state of its register; open if not said.
        register: RegisterState,
        /// Whether its register was constructed to reproduce a published total; it was not if not said. Metrics count
        /// such a register; no council is ranked by it.
        constructed: bool,
        /// Whether its group had several meetings of this title on this day, or there were several such events; false if
        /// not said, and then a second one is refused.
        one_of_several: bool,
    }
    optional {
        /// Anything else worth knowing.
        notes: Prose,
    }
    children {
        /// What it was to be given, and whether it was.
        #[schema(max_items = 20)]
        #[validate(custom(function = "deliverables_are_distinct"))]
        deliverables: Vec<Deliverable>,
        /// The keys other systems know it by.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

fn deliverables_are_distinct(deliverables: &[Deliverable]) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let slugs: Vec<_> = deliverables.iter().map(|given| &given.deliverable).collect();
    ranges::check_distinct(&mut findings, &slugs, "/deliverable");
    findings.into_result()
}

/// Which meetings to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MeetingFilter {
    /// Meetings of this group.
    pub group_id: Option<Uuid>,
    /// Meetings of this action: of its groups while they were responsible, and those linked to it, whoever is responsible.
    pub action_id: Option<Uuid>,
    /// Meetings at which this council is expected: it holds a seat on the group that day, or the event is open and
    /// the council exists. The day of a meeting known to the month or year is the last of it. With `register=open` these are
    /// the registers it still owes lines to.
    pub council_id: Option<Uuid>,
    /// Meetings of this kind.
    #[param(inline)]
    pub kind: Option<MeetingKind>,
    /// Meetings of this status.
    #[param(inline)]
    pub status: Option<MeetingStatus>,
    /// Meetings whose register is in this state.
    #[param(inline)]
    pub register: Option<RegisterState>,
    /// Meetings on or after this date.
    #[param(inline)]
    pub held_from: Option<Day>,
    /// Meetings before this date.
    #[param(inline)]
    pub held_until: Option<Day>,
    /// The meeting another system knows by this key.
    #[param(inline)]
    pub external_id: Option<Line>,
    /// Which system's key it is; any if not said.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order; dates if not said.
    #[param(inline)]
    pub sort: Option<MeetingSort>,
}
