//! Engagement in requests and responses.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::ValueReason;
use crate::metrics::turnout::Tally;
use crate::rules::Rate;
use crate::values::{Code, CouncilKind, Day, Number, Percent, ShortText, Slug, Title};
use crate::web::{Versioned, page};

/// The rate of attended of expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceShare {
    /// Attended, the numerator.
    #[schema(minimum = 0, example = 13)]
    pub numerator: i64,
    /// Expected, the denominator.
    #[schema(minimum = 0, example = 22)]
    pub denominator: i64,
    /// The percentage, rounded half up.
    pub value_percent: Option<Percent>,
    /// Why there is no percentage: nobody was expected.
    pub value_reason: Option<ValueReason>,
}

impl AttendanceShare {
    /// Creates the rate of attended of expected.
    pub fn of(attended: i64, expected: i64) -> Self {
        let value_percent = Rate::new(attended, expected).percent();
        let value_reason = value_percent.is_none().then_some(ValueReason::NoEligible);
        Self { numerator: attended, denominator: expected, value_percent, value_reason }
    }
}

/// The engagement of a council, and of its predecessors if the request asks for them.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilEngagement {
    /// The council.
    pub council_id: Uuid,
    /// The day of the figures.
    pub as_at: Day,
    /// The first day that counts; null if all days with records count.
    pub counted_from: Option<Day>,
    /// The council's own history, then those of its predecessors. Each council has its own records
    /// only.
    #[schema(max_items = 1000)]
    pub councils: Vec<CouncilHistory>,
}

/// The engagement of one council.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilHistory {
    /// The council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// The first day on which the council exists; null if that is before all records.
    pub exists_from: Option<Day>,
    /// The day after the last on which it exists; null while it exists.
    pub exists_until: Option<Day>,
    /// The attendance by plan year.
    #[schema(max_items = 300)]
    pub years: Vec<EngagementYear>,
    /// What the council received and answered, by target.
    #[schema(max_items = 10_000)]
    pub coverage: Vec<CoverageReceived>,
    /// The records of the council that are missing.
    pub missing: Missing,
}

/// A council's attendance in a plan year.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementYear {
    /// The first day of the plan year.
    pub plan_from: Day,
    /// The total: seats at groups' meetings, and the council itself at open events.
    pub attendance: AttendanceShare,
    /// The same by status of the lines.
    pub tally: Tally,
    /// The attendance by group and role.
    #[schema(max_items = 10_000)]
    pub bodies: Vec<BodyEngagement>,
}

/// A council's attendance at a group's meetings in a role, or at open events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BodyEngagement {
    /// The group; null for open events.
    pub group_id: Option<Uuid>,
    /// The group's name.
    pub group_name: Option<ShortText>,
    /// The role; null for open events.
    pub role: Option<Slug>,
    /// The number of meetings whose registers count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// The number of these meetings whose registers were constructed to reproduce a published
    /// total. The lines of such registers say nothing about a single council.
    #[schema(minimum = 0)]
    pub meetings_constructed: i64,
    /// Attended of expected.
    pub attendance: AttendanceShare,
    /// The same by status of the lines.
    pub tally: Tally,
}

/// What a council received or answered for one target: its coverage entries that no correction
/// replaces.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverageReceived {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The target's title.
    pub title: Title,
    /// Whether the entries are the council's own answers. Otherwise they are support that it
    /// received.
    pub council_reported: bool,
    /// The number of entries that no correction replaces.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// The number of occasions that the entries are about.
    #[schema(minimum = 0)]
    pub occasions: i64,
    /// The number of these occasions on which the council was covered, as the target counts it.
    #[schema(minimum = 0)]
    pub covered: i64,
    /// The date of the latest entry.
    pub latest_on: Day,
}

/// The records that are missing for a council.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Missing {
    /// Open registers of meetings held that expect the council.
    #[schema(max_items = 10_000)]
    pub open_registers: Vec<OpenRegister>,
    /// Targets that councils report themselves and for which this council has no entry.
    #[schema(max_items = 10_000)]
    pub unreported_targets: Vec<UnreportedTarget>,
    /// The council's seats that are vacant on the day.
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
    /// The meeting's title.
    pub title: Title,
    /// The meeting's date.
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
    /// The target's title.
    pub title: Title,
}

/// A vacant seat.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VacantSeat {
    /// The seat.
    pub seat_id: Uuid,
    /// The group.
    pub group_id: Uuid,
    /// The group's name.
    pub group_name: ShortText,
    /// The role.
    pub role: Slug,
    /// The number that distinguishes several seats of one council in one role.
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: i32,
}

/// A council's attendance in the twelve months up to a day, compared with the twelve months before.
/// Constructed registers are left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CouncilDrift {
    /// The council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// The council's tier.
    pub kind: CouncilKind,
    /// Attended of expected in the twelve months up to the day.
    pub last_year: AttendanceShare,
    /// Attended of expected in the twelve months before those.
    pub year_before: AttendanceShare,
    /// The later percentage less the earlier one, in percentage points; null if one is missing.
    pub change_points: Option<Number>,
    /// The day of the last meeting that the council attended, however long ago.
    pub last_attended_on: Option<Day>,
    /// The number of coverage entries about the council, over all targets. They are dated in the
    /// twelve months up to the day, and no correction dated by then replaces them. It counts
    /// entries, not coverage. An entry that says that the council was not covered counts too, and
    /// so does each of several entries about one occasion. `covered` of the council's own
    /// engagement counts coverage.
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

/// The days, and the councils.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EngagementQuery {
    /// The day of the figures, by when things happened. Defaults to today.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The first day that counts. Without it, all days with records count.
    #[param(inline)]
    pub from: Option<Day>,
    /// Whether to include the council's predecessors.
    #[param(default = false)]
    pub include_predecessors: Option<bool>,
}

/// The day.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriftFilter {
    /// The day of the figures, by when things happened. Defaults to today.
    #[param(inline)]
    pub as_at: Option<Day>,
}
