//! A council's engagement on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::ValueReason;
use crate::metrics::turnout::Tally;
use crate::rules::Rate;
use crate::values::{Code, CouncilKind, Day, Line, Number, Percent, Slug, Title};
use crate::web::{Versioned, page};

/// Attended of expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceShare {
    /// Attended, the numerator.
    #[schema(minimum = 0, example = 13)]
    pub numerator: i64,
    /// Expected, the denominator.
    #[schema(minimum = 0, example = 22)]
    pub denominator: i64,
    /// The percentage, half up.
    pub value_percent: Option<Percent>,
    /// Why there is no percentage: nobody was expected.
    pub value_reason: Option<ValueReason>,
}

impl AttendanceShare {
    /// So many attended of so many expected.
    pub fn of(attended: i64, expected: i64) -> Self {
        let value_percent = Rate::new(attended, expected).percent();
        let value_reason = value_percent.is_none().then_some(ValueReason::NoEligible);
        Self { numerator: attended, denominator: expected, value_percent, value_reason }
    }
}

/// How a council has engaged, and those before it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilEngagement {
    /// The council.
    pub council_id: Uuid,
    /// The day it is read at.
    pub as_at: Day,
    /// The first day that counts; null for all that is on record.
    pub counted_from: Option<Day>,
    /// The council's own history, then its predecessors', each for itself: what happened stays where it happened.
    #[schema(max_items = 1000)]
    pub councils: Vec<CouncilHistory>,
}

/// What is on record of one council.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilHistory {
    /// The council.
    pub council_id: Uuid,
    /// Its name.
    pub name: Line,
    /// The first day it exists; null for "before anything we record".
    pub exists_from: Option<Day>,
    /// The day after the last; null while it exists.
    pub exists_until: Option<Day>,
    /// Its attendance by plan year.
    #[schema(max_items = 300)]
    pub years: Vec<EngagementYear>,
    /// What it received and answered, by target.
    #[schema(max_items = 10_000)]
    pub coverage: Vec<CoverageReceived>,
    /// What is still missing of it.
    pub missing: Missing,
}

/// A council's attendance in a plan year.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementYear {
    /// The first day of the plan year.
    pub plan_from: Day,
    /// Everything together: seats at groups' meetings, the council itself at open events.
    pub attendance: AttendanceShare,
    /// The same, line by line.
    pub tally: Tally,
    /// By group and role.
    #[schema(max_items = 10_000)]
    pub bodies: Vec<BodyEngagement>,
}

/// A council's attendance at a group's meetings in a role, or at open events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BodyEngagement {
    /// The group; null for open events.
    pub group_id: Option<Uuid>,
    /// Its name.
    pub group_name: Option<Line>,
    /// The role; null for open events.
    pub role: Option<Slug>,
    /// The meetings whose registers count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// Those of them whose registers were constructed to reproduce a published total: their lines say nothing about a
    /// single council.
    #[schema(minimum = 0)]
    pub meetings_constructed: i64,
    /// Attended of expected.
    pub attendance: AttendanceShare,
    /// The same, line by line.
    pub tally: Tally,
}

/// What a council received or answered of one target: its coverage entries that stand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverageReceived {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// What is promised.
    pub title: Title,
    /// Whether it is the council's own answer; otherwise it is support received.
    pub council_reported: bool,
    /// How many entries stand.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// About how many occasions they are.
    #[schema(minimum = 0)]
    pub occasions: i64,
    /// On how many of these it was covered, as the target counts it.
    #[schema(minimum = 0)]
    pub covered: i64,
    /// The day of the latest.
    pub latest_on: Day,
}

/// What is missing of a council.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Missing {
    /// Registers of meetings held that expect it and are still open.
    #[schema(max_items = 10_000)]
    pub open_registers: Vec<OpenRegister>,
    /// Targets that councils report themselves, without an entry of this one.
    #[schema(max_items = 10_000)]
    pub unreported_targets: Vec<UnreportedTarget>,
    /// Its seats that nobody holds on the day.
    #[schema(max_items = 10_000)]
    pub vacant_seats: Vec<VacantSeat>,
}

/// A register that is still open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenRegister {
    /// The meeting.
    pub meeting_id: Uuid,
    /// The group; null for an open event.
    pub group_id: Option<Uuid>,
    /// What the meeting is called.
    pub title: Title,
    /// Its date.
    pub held_on: Day,
}

/// A target that a council has not reported.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnreportedTarget {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// What is promised.
    pub title: Title,
}

/// A seat that nobody holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VacantSeat {
    /// The seat.
    pub seat_id: Uuid,
    /// The group.
    pub group_id: Uuid,
    /// Its name.
    pub group_name: Line,
    /// The role.
    pub role: Slug,
    /// Tells apart several seats of one council in one role.
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: i32,
}

/// A council's attendance in the year up to a day, held against the year before. Constructed registers are left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CouncilDrift {
    /// The council.
    pub council_id: Uuid,
    /// Its name.
    pub name: Line,
    /// Its tier.
    pub kind: CouncilKind,
    /// Attended of expected in the twelve months up to the day.
    pub last_year: AttendanceShare,
    /// Attended of expected in the twelve months before those.
    pub year_before: AttendanceShare,
    /// The later percentage less the earlier one, in points; null where one is missing.
    pub change_points: Option<Number>,
    /// The day of the last meeting it attended, however long ago.
    pub last_attended_on: Option<Day>,
    /// Coverage entries about it that are dated in the twelve months up to the day and that no correction dated by then
    /// replaces, over all targets. It counts entries, not coverage: one that says that the council was not covered counts
    /// too, and so does each of several about one occasion. The council's own engagement has `covered`.
    #[schema(minimum = 0)]
    pub coverage_entries: i64,
}
page!(CouncilDriftPage of CouncilDrift);

impl Versioned for CouncilDrift {
    fn id(&self) -> Uuid {
        self.council_id
    }

    fn version(&self) -> i64 {
        1
    }
}

/// When, and of whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EngagementQuery {
    /// The day to read at, by when things happened; today if not said.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The first day that counts; all that is on record if not said.
    #[param(inline)]
    pub from: Option<Day>,
    /// Whether the councils before it are shown as well.
    #[param(default = false)]
    pub include_predecessors: Option<bool>,
}

/// When.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriftFilter {
    /// The day to read at, by when things happened; today if not said.
    #[param(inline)]
    pub as_at: Option<Day>,
}
