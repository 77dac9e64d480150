//! The JSON types of engagement.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::ValueReason;
use crate::metrics::turnout::Tally;
use crate::rules::Rate;
use crate::values::{Code, CouncilKind, Day, Number, Percent, ShortText, Slug, Title};
use crate::web::{Versioned, page};

/// An attendance rate: the number that attended divided by the number that were expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceShare {
    /// The number of seats or councils that attended.
    #[schema(minimum = 0, example = 13)]
    pub numerator: i64,
    /// The number of seats or councils that were expected.
    #[schema(minimum = 0, example = 22)]
    pub denominator: i64,
    /// The attendance rate in per cent, rounded half up; null if nobody was expected.
    pub value_percent: Option<Percent>,
    /// Why there is no percentage; null if there is a percentage.
    pub value_reason: Option<ValueReason>,
}

impl AttendanceShare {
    pub fn of(attended: i64, expected: i64) -> Self {
        let value_percent = Rate::new(attended, expected).percent();
        let value_reason = value_percent.is_none().then_some(ValueReason::NoEligible);
        Self { numerator: attended, denominator: expected, value_percent, value_reason }
    }
}

/// The attendance and coverage of a council and, if requested, of its predecessors.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilEngagement {
    /// Id of the council.
    pub council_id: Uuid,
    /// The day of the figures.
    pub as_at: Day,
    /// The first day of the figures; null if all days with records count.
    pub counted_from: Option<Day>,
    /// The engagement of the council, followed by the engagement of each predecessor. Each item
    /// counts the records of one council only.
    #[schema(max_items = 1000)]
    pub councils: Vec<CouncilHistory>,
}

/// The attendance, coverage and missing records of one council.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilHistory {
    /// Id of the council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// The first day on which the council exists; null if the council existed before all records.
    pub exists_from: Option<Day>,
    /// The day after the last day on which the council exists; null if no end is known.
    pub exists_until: Option<Day>,
    /// The council's attendance in each year from 1 April to 31 March. These years do not depend on
    /// the plan periods of frameworks.
    #[schema(max_items = 300)]
    pub years: Vec<EngagementYear>,
    /// What the council received or answered, for each target.
    #[schema(max_items = 10_000)]
    pub coverage: Vec<CoverageReceived>,
    /// The records about the council that are missing.
    pub missing: Missing,
}

/// The attendance of one council in one year from 1 April to 31 March.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementYear {
    /// The first day of the year, always 1 April.
    pub plan_from: Day,
    /// The attendance rate of all the council's seats at group meetings, and of the council itself
    /// at open events.
    pub attendance: AttendanceShare,
    /// The number of attendance records with each status in the year.
    pub tally: Tally,
    /// The attendance in each group and role.
    #[schema(max_items = 10_000)]
    pub bodies: Vec<BodyEngagement>,
}

/// The attendance of one council in one role at the meetings of one group, or at open events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BodyEngagement {
    /// Id of the group; null for open events.
    pub group_id: Option<Uuid>,
    /// The group's name; null for open events.
    pub group_name: Option<ShortText>,
    /// The role of the council's seats; null for open events.
    pub role: Option<Slug>,
    /// The number of meetings whose registers the attendance rate counts.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// How many of these registers were constructed to reproduce a published total. A constructed
    /// register is no evidence about a single council.
    #[schema(minimum = 0)]
    pub meetings_constructed: i64,
    /// The attendance rate in this role.
    pub attendance: AttendanceShare,
    /// The number of attendance records with each status in this role.
    pub tally: Tally,
}

/// What a council received or answered, as the coverage entries of one target state. Corrected
/// entries do not count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverageReceived {
    /// Id of the target.
    pub target_id: Uuid,
    /// Id of the target's framework.
    pub framework_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The target's title.
    pub title: Title,
    /// Whether the council reports its own coverage for this target. If false, the entries are
    /// about support that the council received.
    pub council_reported: bool,
    /// The number of coverage entries that no correction replaces.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// The number of different occasions in the coverage entries.
    #[schema(minimum = 0)]
    pub occasions: i64,
    /// The number of occasions on which the council was covered, by the rule of the target's
    /// measure.
    #[schema(minimum = 0)]
    pub covered: i64,
    /// The date of the latest coverage entry.
    pub latest_on: Day,
}

/// The records about one council that are missing.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Missing {
    /// Held meetings that expected the council and whose registers are still open.
    #[schema(max_items = 10_000)]
    pub open_registers: Vec<OpenRegister>,
    /// Targets for which councils report their own coverage, and for which this council has not
    /// reported.
    #[schema(max_items = 10_000)]
    pub unreported_targets: Vec<UnreportedTarget>,
    /// The council's seats that are vacant on the day of the figures.
    #[schema(max_items = 10_000)]
    pub vacant_seats: Vec<VacantSeat>,
}

/// A held meeting whose register is still open.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenRegister {
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// Id of the group; null for an open event.
    pub group_id: Option<Uuid>,
    /// The meeting's title.
    pub title: Title,
    /// The meeting's date.
    pub held_on: Day,
}

/// A target for which a council has not reported its coverage.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnreportedTarget {
    /// Id of the target.
    pub target_id: Uuid,
    /// Id of the target's framework.
    pub framework_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The target's title.
    pub title: Title,
}

/// A seat without a holder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VacantSeat {
    /// Id of the seat.
    pub seat_id: Uuid,
    /// Id of the group.
    pub group_id: Uuid,
    /// The group's name.
    pub group_name: ShortText,
    /// The role of the seat.
    pub role: Slug,
    /// The number that distinguishes several seats with the same council and role.
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: i32,
}

/// A council's attendance in the last twelve months, compared with the twelve months before.
/// Constructed registers are left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CouncilDrift {
    /// Id of the council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// Whether the council is a county, a unitary council or a district.
    pub kind: CouncilKind,
    /// The attendance rate in the twelve months that end on the day of the ranking.
    pub last_year: AttendanceShare,
    /// The attendance rate in the twelve months before those of `last_year`.
    pub year_before: AttendanceShare,
    /// The percentage in `last_year` minus the percentage in `year_before`, in percentage points;
    /// null if one of the two is null.
    pub change_points: Option<Number>,
    /// The date of the last meeting that the council attended, in any year; null if it never
    /// attended.
    pub last_attended_on: Option<Day>,
    /// The number of coverage entries about the council in the last twelve months, over all
    /// targets. Entries that a correction replaces do not count. Entries which state that the
    /// council was not covered do count. For the number of covered occasions, read `covered` in the
    /// council's engagement.
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

/// The range of days to count, and whether to include predecessors.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EngagementQuery {
    /// The day of the figures; today by default. Later meetings and entries do not count.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The first day to count; by default all days with records count.
    #[param(inline)]
    pub from: Option<Day>,
    /// Whether to return also the engagement of the councils from which this council took over.
    #[param(default = false)]
    pub include_predecessors: Option<bool>,
}

/// The day for which to rank councils.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriftFilter {
    /// The day of the figures; today by default. Later meetings and entries do not count.
    #[param(inline)]
    pub as_at: Option<Day>,
}
