//! The JSON types of targets, and their mapping to the table `targets`.

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::targets;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Reference, children, sorts};
use crate::rules::{Aim, Frequency, Measure, Tolerance, profile, ranges, threshold_defaults};
use crate::values::{Code, Day, Instant, Number, Prose, RuleErrors, ShortText, Title, jsonb, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// The kind of a measure: how a target's value is computed.
    pub enum MeasureKind {
        /// Attended of expected, from closed registers.
        AttendanceRate = "attendance_rate",
        /// The number of meetings held.
        MeetingsHeld = "meetings_held",
        /// Meetings that got a deliverable, of all meetings held.
        DeliverablePerMeeting = "deliverable_per_meeting",
        /// Forms that gave a question a certain rating or a better one, of all forms that answered
        /// the question.
        EvaluationRate = "evaluation_rate",
        /// Councils that are covered, of all councils in a cohort.
        CouncilCoverage = "council_coverage",
        /// The total of the counts that progress entries add.
        CountTotal = "count_total",
        /// A numerator and a denominator that progress entries state.
        Ratio = "ratio",
        /// The income minus the cost of an area.
        FinancialBalance = "financial_balance",
        /// A state that the target is to reach.
        Milestone = "milestone",
        /// A text; a person judges the status.
        Narrative = "narrative",
    }
}

jsonb! {
    /// The value before the plan, as the target states it.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Baseline {
        /// The value, in the target's unit.
        #[schema(example = 64)]
        pub value: Number,
        /// The numerator of the value, at most 1,000,000,000; null if not known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        pub numerator: Option<i64>,
        /// The denominator of the value, at most 1,000,000,000; null if not known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        pub denominator: Option<i64>,
        /// The number of meetings from which the value was computed; null if not known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 10_000)]
        pub meetings: Option<i64>,
        /// The source of the value, as free text.
        #[serde(default)]
        pub note: Option<ShortText>,
        /// The metric from which the value was copied; null if the value has another source.
        #[serde(default)]
        pub source: Option<BaselineSource>,
    }
}

impl Baseline {
    /// The largest numerator or denominator of a baseline.
    pub const MAX_PART: i64 = 1_000_000_000;
}

/// The metric from which a baseline was copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineSource {
    /// Id of the metric's target, which is in a framework of an earlier plan year.
    pub target_id: Uuid,
    /// The day of the metric.
    pub as_at: Day,
    /// Id of the publication that contains the metric; null if the metric was derived from the
    /// records.
    #[serde(default)]
    pub publication_id: Option<Uuid>,
}

/// A row of the table `target_actions`, without its target.
#[derive(Debug, Clone, Serialize)]
pub struct ActionLink {
    action_id: Uuid,
}

pub fn action_links(ids: &[Uuid]) -> Vec<ActionLink> {
    ids.iter().map(|action_id| ActionLink { action_id: *action_id }).collect()
}

children! {
    /// The actions to which a target belongs.
    ACTIONS, READ_ACTIONS: target_actions of targets by target_id, keyed by action_id, { action_id: "uuid" }
}

const ACTION_IDS: &str = "ARRAY(SELECT c.action_id FROM target_actions c JOIN actions a ON a.id = c.action_id \
     WHERE c.target_id = targets.id ORDER BY a.position, a.id)";

/// A target: what actions are to reach, by which measure, and until when. A joint target belongs to
/// several actions, and roll-ups count it once.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = targets)]
pub struct Target {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Id of the framework to which the target's actions belong.
    pub framework_id: Uuid,
    /// Ids of the actions to which the target belongs, in the order of the actions.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(ACTION_IDS), select_expression_type = FixedSql<Array<SqlUuid>>)]
    #[schema(max_items = 10)]
    pub action_ids: Vec<Uuid>,
    /// The key that stays the same in later frameworks. The code is unique in the framework.
    pub code: Code,
    /// The wording of the target.
    pub title: Title,
    /// The position in the framework.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
    /// How the target's value is computed.
    pub measure: Measure,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold as first agreed, in the measure's unit; null if the plan only asks for the
    /// number. Revisions do not change this field.
    pub threshold: Option<Number>,
    /// How far from the threshold a value may be and still be amber. By default, the tolerance is
    /// 10 % of the threshold that applies. By default, there is no tolerance if the threshold is
    /// 100 % or 0, for money, and for milestones. A metric states the tolerance in its unit.
    pub tolerance: Option<Tolerance>,
    /// How often a reading is due.
    #[schema(min_items = 1, max_items = 8)]
    pub frequencies: Vec<Frequency>,
    /// The frequency in the words of the published document.
    pub frequency_printed: Option<ShortText>,
    /// The sources of the target's figures.
    #[schema(max_items = 20)]
    pub sources: Vec<ShortText>,
    /// The value before the plan.
    pub baseline: Option<Baseline>,
    /// Who is responsible for the target.
    pub owner: Option<ShortText>,
    /// The day on which a milestone is due; null means the last day of the plan year.
    pub due_on: Option<Day>,
    /// Notes, as free text.
    pub notes: Option<Prose>,
    /// Whether the target follows only from the action's text. Roll-ups count implied targets
    /// separately, and implied targets do not affect a roll-up's status.
    pub implied: bool,
    /// Whether councils report their own coverage for this target.
    pub council_reported: bool,
    /// Id of the target from an earlier plan year that this target continues.
    pub continues_target_id: Option<Uuid>,
}
versioned!(Target);
page!(TargetPage of Target);
sorts! {
    /// Sort orders of targets.
    TargetSort of Target in targets:
    Position = "position" by position: i32, ascending;
    PositionDescending = "-position" by position: i32, descending;
    Code = "code" by code: String, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table targets;
    /// Fields of a new target.
    #[validate(schema(function = "parts_fit", skip_on_field_errors = false))]
    #[schema(example = json!({
        "action_ids": ["0198c5b0-0000-7000-8000-000000000008"], "code": "4.1.1.attendance",
        "title": "Lead members who attend", "position": 1,
        "measure": { "kind": "attendance_rate", "roles": ["lead_member"] },
        "threshold": 60, "frequencies": ["annual"], "frequency_printed": "Annual", "sources": ["attendance lists"]
    }))]
    new NewTarget;
    /// Fields of a target to update.
    #[schema(example = json!({ "owner": "Head of Policy" }))]
    patch TargetPatch;
    fixed {}
    fixed_optional {}
    required {
        /// The key that stays the same in later frameworks. The code must be unique in the
        /// framework.
        code: Code,
        /// The wording of the target.
        title: Title,
        /// The position in the framework.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
        /// How the target's value is computed. If the target has entries, the new measure must take
        /// entries of the same kind.
        #[validate(custom(function = "profile_rises"))]
        measure: Measure,
    }
    defaulted {
        /// Whether the value is to be at least or at most the threshold; `at_least` by default.
        aim: Aim,
        /// How often a reading is due; `unknown` by default.
        #[schema(min_items = 1, max_items = 8)]
        frequencies: Vec<Frequency>,
        /// The sources of the target's figures.
        #[schema(max_items = 20)]
        sources: Vec<ShortText>,
        /// Whether the target follows only from the action's text; false by default. Roll-ups count
        /// implied targets separately, and implied targets do not affect a roll-up's status.
        implied: bool,
        /// Whether councils report their own coverage for this target; false by default.
        council_reported: bool,
    }
    optional {
        /// The threshold in the measure's unit; null if the plan only asks for the number. In an
        /// agreed plan, only a revision changes the threshold.
        threshold: Number,
        /// How far from the threshold a value may be and still be amber. By default, the tolerance
        /// is 10 % of the threshold that applies. By default, there is no tolerance if the
        /// threshold is 100 % or 0, for money, and for milestones. If the aim is `at_least`, an
        /// absolute tolerance must not exceed the threshold.
        tolerance: Tolerance,
        /// The frequency in the words of the published document.
        frequency_printed: ShortText,
        /// The value before the plan.
        baseline: Baseline,
        /// Who is responsible for the target.
        owner: ShortText,
        /// The day on which a milestone is due; null means the last day of the plan year.
        due_on: Day,
        /// Notes, as free text.
        notes: Prose,
        /// Id of the target from an earlier plan year that this target continues.
        continues_target_id: Uuid,
    }
    children {}
    required_children {
        /// Ids of the actions to which the target belongs. All actions must belong to the same
        /// framework.
        #[schema(min_items = 1, max_items = 10)]
        #[validate(custom(function = "ranges::are_distinct"))]
        action_ids: Vec<Uuid>,
    }
}

fn parts_fit(new: &NewTarget) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let aim = new.aim.unwrap_or(Aim::AtLeast);
    threshold_defaults::check_threshold(&mut errors, &new.measure, new.threshold);
    threshold_defaults::check_tolerance(&mut errors, &new.measure, aim, new.threshold, new.tolerance);
    profile::check_threshold(&mut errors, "/measure", new.measure.profile(), aim, new.threshold);
    errors.into_result()
}

fn profile_rises(measure: &Measure) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    profile::check_order(&mut errors, "", measure.profile());
    errors.into_result()
}

/// Returns the rows that a target references, with the JSON pointers of the referencing fields.
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

/// Filters and sort order of a list of targets.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TargetFilter {
    /// Only targets of this framework.
    pub framework_id: Option<Uuid>,
    /// Only targets that belong to this action.
    pub action_id: Option<Uuid>,
    /// Only targets with this code. A code is unique within a framework.
    #[param(inline)]
    pub code: Option<Code>,
    /// Only targets with a measure of this kind.
    #[param(inline)]
    pub measure_kind: Option<MeasureKind>,
    /// Only implied targets (true), or only targets that the table of targets states (false).
    pub implied: Option<bool>,
    /// Only targets for which councils report their own coverage (true), or only other targets
    /// (false).
    pub council_reported: Option<bool>,
    /// The sort order; `position` by default.
    #[param(inline)]
    pub sort: Option<TargetSort>,
}
