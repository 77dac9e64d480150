//! A target on the wire and in its table.

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::targets;
use crate::db::sql::{Fixed, fixed};
use crate::db::{Reference, children, sorts};
use crate::rules::{Aim, Frequency, Measure, Tolerance, profile, promise, ranges};
use crate::values::{Code, Day, Findings, Instant, Line, Number, Prose, Title, jsonb, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// How a target is measured.
    pub enum MeasureKind {
        /// Attended of expected, from registers.
        AttendanceRate = "attendance_rate",
        /// Meetings held.
        MeetingsHeld = "meetings_held",
        /// Meetings that something was delivered to.
        DeliverablePerMeeting = "deliverable_per_meeting",
        /// Forms that rated a question at least so.
        EvaluationRate = "evaluation_rate",
        /// Councils that have it, of a cohort.
        CouncilCoverage = "council_coverage",
        /// A running count.
        CountTotal = "count_total",
        /// So many of so many.
        Ratio = "ratio",
        /// Income less cost.
        FinancialBalance = "financial_balance",
        /// A state to reach.
        Milestone = "milestone",
        /// A person's judgement.
        Narrative = "narrative",
    }
}

jsonb! {
    /// What the value was before, as the plan states it.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Baseline {
        /// The value, in the target's unit.
        #[schema(example = 64)]
        pub value: Number,
        /// The numerator behind it, where it is known and at most a thousand million.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        pub numerator: Option<i64>,
        /// The denominator behind it, where it is known and at most a thousand million.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        pub denominator: Option<i64>,
        /// Over how many meetings it was taken, where it is known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 10_000)]
        pub meetings: Option<i64>,
        /// Where it comes from.
        #[serde(default)]
        pub note: Option<Line>,
        /// The metric it was taken from, where it was one.
        #[serde(default)]
        pub source: Option<BaselineSource>,
    }
}

impl Baseline {
    /// The largest numerator or denominator that a baseline states.
    pub const LARGEST_PART: i64 = 1_000_000_000;
}

/// The metric that a baseline was taken from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineSource {
    /// The target, of an earlier plan year.
    pub target_id: Uuid,
    /// The day its metric was read at.
    pub as_at: Day,
    /// The publication it was taken from; null if it was read from the records.
    #[serde(default)]
    pub publication_id: Option<Uuid>,
}

/// An action that a target hangs on.
#[derive(Debug, Clone, Serialize)]
pub struct ActionLink {
    action_id: Uuid,
}

/// The links to these actions.
pub fn action_links(ids: &[Uuid]) -> Vec<ActionLink> {
    ids.iter().map(|action_id| ActionLink { action_id: *action_id }).collect()
}

children! {
    /// The actions a target hangs on.
    ACTIONS, READ_ACTIONS: target_actions of targets by target_id, told apart by action_id, { action_id: "uuid" }
}

const ACTION_IDS: &str = "ARRAY(SELECT c.action_id FROM target_actions c JOIN actions a ON a.id = c.action_id \
     WHERE c.target_id = targets.id ORDER BY a.position, a.id)";

/// One measurable promise. A joint target hangs on several actions and counts once.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = targets)]
pub struct Target {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The framework: the actions'.
    pub framework_id: Uuid,
    /// The actions it hangs on, in their order.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(ACTION_IDS), select_expression_type = Fixed<Array<SqlUuid>>)]
    #[schema(max_items = 10)]
    pub action_ids: Vec<Uuid>,
    /// Its stable key, unique in the framework.
    pub code: Code,
    /// What is promised.
    pub title: Title,
    /// Its place in the framework.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
    /// How it is measured.
    pub measure: Measure,
    /// Whether more is better.
    pub aim: Aim,
    /// The threshold as first agreed, in the measure's unit; null for "the number alone". Revisions change what
    /// holds, not this.
    pub threshold: Option<Number>,
    /// How far from the threshold is still amber; null for the usual: 10 % of the threshold that holds, and nothing
    /// for 100 %, 0, money and milestones. A metric says what that comes to.
    pub tolerance: Option<Tolerance>,
    /// How often it is to be read.
    #[schema(min_items = 1, max_items = 8)]
    pub frequencies: Vec<Frequency>,
    /// The words the published document uses for that.
    pub frequency_printed: Option<Line>,
    /// Where its figures come from.
    #[schema(max_items = 20)]
    pub sources: Vec<Line>,
    /// What the value was before.
    pub baseline: Option<Baseline>,
    /// Who answers for it.
    pub owner: Option<Line>,
    /// By when a milestone is due; the year's last day if not said.
    pub due_on: Option<Day>,
    /// Anything else worth knowing.
    pub notes: Option<Prose>,
    /// Whether only the action's wording implies it: it is counted apart and colours nothing.
    pub implied: bool,
    /// Whether councils report their own coverage.
    pub council_reported: bool,
    /// Last year's target that this one continues.
    pub continues_target_id: Option<Uuid>,
}
versioned!(Target);
page!(TargetPage of Target);
sorts! {
    /// How targets are sorted.
    TargetSort of Target in targets:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table targets;
    /// What it takes to enter a target.
    #[validate(schema(function = "parts_fit", skip_on_field_errors = false))]
    #[schema(example = json!({
        "action_ids": ["0198c5b0-0000-7000-8000-000000000008"], "code": "4.1.1.attendance",
        "title": "Lead members who attend", "position": 1,
        "measure": { "kind": "attendance_rate", "roles": ["lead_member"] },
        "threshold": 60, "frequencies": ["annual"], "frequency_printed": "Annual", "sources": ["attendance lists"]
    }))]
    new NewTarget;
    /// What may change of a target.
    #[schema(example = json!({ "owner": "Head of Policy" }))]
    patch TargetPatch;
    fixed {}
    fixed_optional {}
    required {
        /// Its stable key, unique in the framework.
        code: Code,
        /// What is promised.
        title: Title,
        /// Its place in the framework.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
        /// How it is measured. The kind of entries a target already has cannot change under them.
        #[validate(custom(function = "profile_rises"))]
        measure: Measure,
    }
    defaulted {
        /// Whether more is better; at least if not said.
        aim: Aim,
        /// How often it is to be read; unknown if not said.
        #[schema(min_items = 1, max_items = 8)]
        frequencies: Vec<Frequency>,
        /// Where its figures come from.
        #[schema(max_items = 20)]
        sources: Vec<Line>,
        /// Whether only the action's wording implies it: it is counted apart and colours nothing.
        implied: bool,
        /// Whether councils report their own coverage.
        council_reported: bool,
    }
    optional {
        /// The threshold in the measure's unit; null for "the number alone". Once the plan is agreed it
        /// changes by a revision alone.
        threshold: Number,
        /// How far from the threshold is still amber; null for the usual: 10 % of the threshold that holds, and
        /// nothing for 100 %, 0, money and milestones. An absolute one is at most the threshold of an at-least target.
        tolerance: Tolerance,
        /// The words the published document uses for its frequency.
        frequency_printed: Line,
        /// What the value was before.
        baseline: Baseline,
        /// Who answers for it.
        owner: Line,
        /// By when a milestone is due; the year's last day if not said.
        due_on: Day,
        /// Anything else worth knowing.
        notes: Prose,
        /// Last year's target that this one continues.
        continues_target_id: Uuid,
    }
    children {}
    required_children {
        /// The actions it hangs on, of one framework.
        #[schema(min_items = 1, max_items = 10)]
        #[validate(custom(function = "ranges::are_distinct"))]
        action_ids: Vec<Uuid>,
    }
}

fn parts_fit(new: &NewTarget) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let aim = new.aim.unwrap_or(Aim::AtLeast);
    promise::check_threshold(&mut findings, &new.measure, new.threshold);
    promise::check_tolerance(&mut findings, &new.measure, aim, new.threshold, new.tolerance);
    profile::check_threshold(&mut findings, "/measure", new.measure.profile(), aim, new.threshold);
    findings.into_result()
}

fn profile_rises(measure: &Measure) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    profile::check_order(&mut findings, "", measure.profile());
    findings.into_result()
}

/// The rows that a target names.
pub fn references(
    action_ids: Option<&Vec<Uuid>>,
    measure: Option<&Measure>,
    continues: Option<Uuid>,
    baseline: Option<&Baseline>,
) -> Vec<Reference> {
    let actions = Reference::each("/action_ids", "actions", action_ids.into_iter().flatten());
    let selected = measure.and_then(Measure::selector).into_iter().flat_map(|selector| &selector.group_ids);
    let groups = Reference::each("/measure/selector/group_ids", "groups", selected);
    let continued = continues.map(|target| Reference::new("/continues_target_id", "targets", target));
    let source = baseline.and_then(|baseline| baseline.source.as_ref());
    let source =
        source.map(|source| Reference::new("/baseline/source/target_id", "targets", source.target_id));
    actions.chain(groups).chain(continued).chain(source).collect()
}

/// Which targets to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TargetFilter {
    /// Targets of this framework.
    pub framework_id: Option<Uuid>,
    /// Targets of this action.
    pub action_id: Option<Uuid>,
    /// The target with this code; codes are unique in a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// Targets measured so.
    #[param(inline)]
    pub measure_kind: Option<MeasureKind>,
    /// Implied targets, or stated ones.
    pub implied: Option<bool>,
    /// Targets for which councils report their own coverage.
    pub council_reported: Option<bool>,
    /// The order; positions if not said.
    #[param(inline)]
    pub sort: Option<TargetSort>,
}
