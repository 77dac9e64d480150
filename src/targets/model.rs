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
use crate::rules::period::LagUnit;
use crate::rules::{Aim, Frequency, Measure, ReadingLag, Tolerance, profile, ranges, threshold_defaults};
use crate::values::{Code, Day, Instant, Number, Prose, RuleErrors, ShortText, Title, jsonb, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// How a target's value is computed.
    pub enum MeasureKind {
        /// The number that attended divided by the number expected, from closed registers of held
        /// meetings.
        AttendanceRate = "attendance_rate",
        /// The number of meetings that were held.
        MeetingsHeld = "meetings_held",
        /// The number of meetings that got a deliverable, divided by the number of meetings held.
        DeliverablePerMeeting = "deliverable_per_meeting",
        /// The number of evaluation forms with at least a certain rating, divided by the number of
        /// forms that answered the question.
        EvaluationRate = "evaluation_rate",
        /// The number of councils in a cohort that are covered, divided by the number of councils
        /// in the cohort.
        CouncilCoverage = "council_coverage",
        /// The sum of the counts in the target's progress entries.
        CountTotal = "count_total",
        /// A numerator divided by a denominator, both stated in progress entries.
        Ratio = "ratio",
        /// A value that progress entries state as it is.
        Reading = "reading",
        /// The income of an area of work minus its cost.
        FinancialBalance = "financial_balance",
        /// A state that the target is to reach.
        Milestone = "milestone",
        /// No value: progress entries are texts, and a person judges the status.
        Narrative = "narrative",
    }
}

jsonb! {
    /// The value before the plan, as the target states it.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Baseline {
        /// The value before the plan, in the target's unit.
        #[schema(example = 64)]
        pub value: Number,
        /// The numerator of a value that is a rate, at most 1,000,000,000; null if not known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        pub numerator: Option<i64>,
        /// The denominator of a value that is a rate, at most 1,000,000,000; null if not known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        pub denominator: Option<i64>,
        /// The number of meetings from which the value was computed; null if not known.
        #[serde(default)]
        #[schema(minimum = 0, maximum = 10_000)]
        pub meetings: Option<i64>,
        /// Where the value comes from, as free text.
        #[serde(default)]
        pub note: Option<ShortText>,
        /// The metric from which the value was copied; null if it was not copied from a metric.
        #[serde(default)]
        pub source: Option<BaselineSource>,
    }
}

impl Baseline {
    /// The largest numerator or denominator that a baseline may state.
    pub const MAX_PART: i64 = 1_000_000_000;
}

/// The metric from which the value of a baseline was copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineSource {
    /// Id of the target that the metric is about. Its framework has an earlier plan period.
    pub target_id: Uuid,
    /// The day of the metric.
    pub as_at: Day,
    /// Id of the publication from which the metric was copied; null if the metric was derived from
    /// records.
    #[serde(default)]
    pub publication_id: Option<Uuid>,
}

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

/// A target: the value that actions are to reach, the measure that computes it, and the date. A
/// target may belong to several actions, and roll-ups count it once.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = targets)]
pub struct Target {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the framework to which the target's actions belong.
    pub framework_id: Uuid,
    /// Ids of the actions to which the target belongs, in the order of the actions.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(ACTION_IDS), select_expression_type = FixedSql<Array<SqlUuid>>)]
    #[schema(max_items = 10)]
    pub action_ids: Vec<Uuid>,
    /// The code, which is unique in the framework and stays the same in later frameworks.
    pub code: Code,
    /// The text of the target in the plan.
    pub title: Title,
    /// The position of the target in the framework's list of targets.
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: i32,
    /// How the target's value is computed.
    pub measure: Measure,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold as first agreed, in the measure's unit. Revisions do not change this field.
    /// Null if the plan sets no threshold.
    pub threshold: Option<Number>,
    /// How far a value may miss the threshold and still have the status `amber`. The default is 10
    /// % of the threshold that applies. For a threshold of 100 % or 0, for money and for
    /// milestones, the default is no tolerance. A metric states the tolerance in its unit.
    pub tolerance: Option<Tolerance>,
    /// How often a reading is due: a progress entry that states the value for a reporting period.
    #[schema(min_items = 1, max_items = 10)]
    pub frequencies: Vec<Frequency>,
    /// How often a reading is due, in the words of the published plan.
    pub frequency_printed: Option<ShortText>,
    /// How long after the end of its reporting period a reading is due; null if it is due on the
    /// day after the period.
    pub reading_lag: Option<ReadingLag>,
    /// Where the figures about the target come from.
    #[schema(max_items = 20)]
    pub sources: Vec<ShortText>,
    /// The value before the plan, as the target states it.
    pub baseline: Option<Baseline>,
    /// The person or body responsible for the target.
    pub owner: Option<ShortText>,
    /// The date by which a milestone is due; null for the last day of the plan period.
    pub due_on: Option<Day>,
    /// Notes, as free text.
    pub notes: Option<Prose>,
    /// Whether the target follows only from the text of an action, and is not in the plan's table
    /// of targets. Roll-ups count such targets separately, and their colours do not decide a
    /// roll-up's status.
    pub implied: bool,
    /// Whether each council reports for itself that it is covered.
    pub council_reported: bool,
    /// Id of the target of an earlier plan period that this target continues; null if it continues
    /// no target.
    pub continues_target_id: Option<Uuid>,
}
versioned!(Target);
page!(TargetPage of Target);
sorts! {
    /// The orders in which a list of targets can be sorted.
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
        /// The code, which must be unique in the framework. It stays the same in later frameworks.
        code: Code,
        /// The text of the target in the plan.
        title: Title,
        /// The position of the target in the framework's list of targets.
        #[schema(minimum = 0, maximum = 100_000)]
        position: i32,
        /// How the target's value is computed. If the target has progress entries, the new measure
        /// must use entries of the same kind.
        #[validate(custom(function = "parameters_fit"))]
        measure: Measure,
    }
    defaulted {
        /// Whether the value is to be at least or at most the threshold; `at_least` by default.
        aim: Aim,
        /// How often a reading is due; `unknown` by default. A reading is a progress entry that
        /// states the value for a reporting period.
        #[schema(min_items = 1, max_items = 10)]
        frequencies: Vec<Frequency>,
        /// Where the figures about the target come from.
        #[schema(max_items = 20)]
        sources: Vec<ShortText>,
        /// Whether the target follows only from the text of an action, and is not in the plan's
        /// table of targets; false by default. Roll-ups count such targets separately, and their
        /// colours do not decide a roll-up's status.
        implied: bool,
        /// Whether each council reports for itself that it is covered; false by default.
        council_reported: bool,
    }
    optional {
        /// The threshold in the measure's unit; null if the plan sets no threshold. In an agreed
        /// plan, only a revision changes the threshold.
        threshold: Number,
        /// How far a value may miss the threshold and still have the status `amber`. The default is
        /// 10 % of the threshold that applies. For a threshold of 100 % or 0, for money and for
        /// milestones, the default is no tolerance. If the aim is `at_least`, an absolute tolerance
        /// must not exceed the threshold.
        tolerance: Tolerance,
        /// How often a reading is due, in the words of the published plan.
        frequency_printed: ShortText,
        /// How long after the end of its reporting period a reading is due, at most 36 months; null
        /// if it is due on the day after the period.
        #[validate(custom(function = "lag_is_short"))]
        reading_lag: ReadingLag,
        /// The value before the plan, as the target states it.
        baseline: Baseline,
        /// The person or body responsible for the target.
        owner: ShortText,
        /// The date by which a milestone is due; null for the last day of the plan period.
        due_on: Day,
        /// Notes, as free text.
        notes: Prose,
        /// Id of the target of an earlier plan period that this target continues; null if it
        /// continues no target.
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

fn lag_is_short(lag: &ReadingLag) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let is_long = lag.unit == LagUnit::Months && lag.length > ReadingLag::MAX_MONTHS;
    errors.add_if(is_long, "/length", "out_of_range", "A reading lag must be at most 36 months.");
    errors.into_result()
}

fn parameters_fit(measure: &Measure) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    measure.check_parameters(&mut errors);
    profile::check_order(&mut errors, "", measure.profile());
    errors.into_result()
}

/// Returns the resources whose ids a target contains, each with the JSON pointer of the id.
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
    /// Returns only targets of this framework.
    pub framework_id: Option<Uuid>,
    /// Returns only targets that belong to this action.
    pub action_id: Option<Uuid>,
    /// Returns only targets with this code. A code is unique within a framework only.
    #[param(inline)]
    pub code: Option<Code>,
    /// Returns only targets with a measure of this kind.
    #[param(inline)]
    pub measure_kind: Option<MeasureKind>,
    /// If true, returns only targets that follow from an action's text. If false, returns only
    /// targets in the plan's table of targets.
    pub implied: Option<bool>,
    /// If true, returns only targets whose coverage councils report themselves. If false, returns
    /// only other targets.
    pub council_reported: Option<bool>,
    /// The order of the returned list; `position` by default.
    #[param(inline)]
    pub sort: Option<TargetSort>,
}
