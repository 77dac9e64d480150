//! The JSON types of engagement.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::ValueReason;
use crate::metrics::turnout::Tally;
use crate::rules::Rate;
use crate::values::{Code, CouncilKind, Day, Number, Percent, ShortText, Slug, Title};
use crate::web::{Versioned, page};

/// An attendance rate: attended of expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceShare {
    /// The number that attended.
    #[schema(minimum = 0, example = 13)]
    pub numerator: i64,
    /// The number that were expected.
    #[schema(minimum = 0, example = 22)]
    pub denominator: i64,
    /// The percentage, rounded half up; null if nobody was expected.
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

/// The engagement of a council, and of its predecessors if the request includes them.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilEngagement {
    /// Id of the council.
    pub council_id: Uuid,
    /// The day of the figures.
    pub as_at: Day,
    /// The first day that counts; null if all days with records count.
    pub counted_from: Option<Day>,
    /// The engagement of the council, followed by the engagement of each predecessor. Each council
    /// has its own records only.
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
    /// The council's attendance in each plan year.
    #[schema(max_items = 300)]
    pub years: Vec<EngagementYear>,
    /// What the council received or answered, by target.
    #[schema(max_items = 10_000)]
    pub coverage: Vec<CoverageReceived>,
    /// The records about the council that are missing.
    pub missing: Missing,
}

/// The attendance of one council in one plan year.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementYear {
    /// The first day of the plan year.
    pub plan_from: Day,
    /// The attendance rate over all seats at groups' meetings and over the council itself at open
    /// events.
    pub attendance: AttendanceShare,
    /// The same attendance, counted by the status of the register lines.
    pub tally: Tally,
    /// The attendance by group and role.
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
    /// The role; null for open events.
    pub role: Option<Slug>,
    /// The number of meetings whose registers count.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// The number of counted meetings whose registers were constructed to reproduce a published
    /// total. The lines of a constructed register are no evidence about a single council.
    #[schema(minimum = 0)]
    pub meetings_constructed: i64,
    /// The attendance rate.
    pub attendance: AttendanceShare,
    /// The same attendance, counted by the status of the register lines.
    pub tally: Tally,
}

/// What a council received or answered for one target, from coverage entries that no correction
/// replaces.
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
    /// Whether the council reported the entries about itself. If false, the entries are about
    /// support that the council received.
    pub council_reported: bool,
    /// The number of entries that no correction replaces.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// The number of occasions that the entries are about.
    #[schema(minimum = 0)]
    pub occasions: i64,
    /// The number of occasions on which the council was covered according to the target's measure.
    #[schema(minimum = 0)]
    pub covered: i64,
    /// The date of the latest entry.
    pub latest_on: Day,
}

/// The records about one council that are missing.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Missing {
    /// Open registers of held meetings that expect the council.
    #[schema(max_items = 10_000)]
    pub open_registers: Vec<OpenRegister>,
    /// Targets for which councils report their own coverage and this council has no entry.
    #[schema(max_items = 10_000)]
    pub unreported_targets: Vec<UnreportedTarget>,
    /// The council's seats that are vacant on the day of the figures.
    #[schema(max_items = 10_000)]
    pub vacant_seats: Vec<VacantSeat>,
}

/// An open register of a held meeting.
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

/// A vacant seat.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VacantSeat {
    /// Id of the seat.
    pub seat_id: Uuid,
    /// Id of the group.
    pub group_id: Uuid,
    /// The group's name.
    pub group_name: ShortText,
    /// The role.
    pub role: Slug,
    /// The number that distinguishes several seats with the same council and role.
    #[schema(minimum = 1, maximum = 1000)]
    pub ordinal: i32,
}

/// A council's attendance in the twelve months up to a day, compared with the twelve months before.
/// Constructed registers are excluded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CouncilDrift {
    /// Id of the council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// The council's tier of local government.
    pub kind: CouncilKind,
    /// The attendance rate in the twelve months up to the day.
    pub last_year: AttendanceShare,
    /// The attendance rate in the twelve months before `last_year`.
    pub year_before: AttendanceShare,
    /// The percentage in `last_year` minus the percentage in `year_before`, in percentage points;
    /// null if one of the two is null.
    pub change_points: Option<Number>,
    /// The date of the last meeting that the council attended, in any year.
    pub last_attended_on: Option<Day>,
    /// The number of coverage entries about the council, for all targets. The entries are dated in
    /// the twelve months up to the day, and no correction dated by the day replaces them. Every
    /// entry counts: also an entry which says that the council was not covered, and each of several
    /// entries about one occasion. To get the number of covered occasions, read `covered` in the
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

/// The days of the figures, and whether to include predecessors.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EngagementQuery {
    /// The day of the figures; today by default. Figures count what happened on or before this day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// The first day that counts; by default all days with records count.
    #[param(inline)]
    pub from: Option<Day>,
    /// Whether to include the council's predecessors.
    #[param(default = false)]
    pub include_predecessors: Option<bool>,
}

/// The day of the ranking.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DriftFilter {
    /// The day of the figures; today by default. Figures count what happened on or before this day.
    #[param(inline)]
    pub as_at: Option<Day>,
}
