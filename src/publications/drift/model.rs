//! The JSON types of a publication's drift.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::model::ChangeAction;
use crate::metrics::model::{ExplainedRow, Metric, Status, StatusReason, ValueReason};
use crate::values::{Code, Day, Figure, Instant, Number, Percent, Slug, Title, text_enum};

/// The maximum number of rows, and of causes, that the drift lists for one target.
pub const MAX_ROWS: usize = 500;

text_enum! {
    /// What kind of change made a figure differ from the sealed figure.
    pub enum DriftKind {
        /// After sealing, a register was closed, or an attendance record, evaluation or progress
        /// entry was created.
        LateRecord = "late_record",
        /// A record that existed at sealing was changed, corrected or deleted.
        Correction = "correction",
        /// The target's threshold was revised.
        Revision = "revision",
        /// The plan was changed: a target, an action, or its groups.
        Plan = "plan",
        /// The councils, seats or holders that the figure counts were changed.
        Cohort = "cohort",
    }
}

/// The figures of a target's metric that are compared: sealed or derived today.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// The value, if the unit is not per cent. Null if the unit is per cent, or if there is no
    /// value.
    pub value: Option<Figure>,
    /// The value in per cent, rounded half up to two decimals. Null if the unit is not per cent, or
    /// if there is no value.
    pub value_percent: Option<Percent>,
    /// The numerator of a rate or a coverage; null for other values.
    pub numerator: Option<i64>,
    /// The denominator of a rate or a coverage; null for other values.
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// The threshold that applies on the day of the publication; null if the target has no
    /// threshold.
    pub threshold: Option<Number>,
    /// The status of the target.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// Whether a record that is due is missing.
    pub provisional: bool,
}

impl From<&Metric> for Figures {
    fn from(metric: &Metric) -> Self {
        Self {
            value: metric.value,
            value_percent: metric.value_percent,
            numerator: metric.numerator,
            denominator: metric.denominator,
            value_reason: metric.value_reason,
            threshold: metric.threshold,
            status: metric.status,
            status_reason: metric.status_reason,
            provisional: metric.completeness.provisional,
        }
    }
}

/// A row of an explanation that differs between the sealed explanation and today's explanation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "sealed": example("absent", 0), "now": example("present", 1) }))]
pub struct RowDrift {
    /// The row in the sealed explanation; null if it did not exist at sealing.
    pub sealed: Option<ExplainedRow>,
    /// The row in today's explanation; null if it no longer exists.
    pub now: Option<ExplainedRow>,
}

/// A change of a record after sealing that concerns the rows that differ. The change log states who
/// made the change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DriftCause {
    /// Id of the entry of the change log.
    pub audit_id: Uuid,
    /// When the change was made.
    pub changed_at: Instant,
    /// What kind of change it is.
    pub kind: DriftKind,
    /// The name of the resource that was changed, such as `meetings`.
    pub resource: Slug,
    /// Id of the changed resource.
    pub resource_id: Uuid,
    /// The table of the part that was changed, such as a list in the resource; null if the resource
    /// itself was changed.
    pub part: Option<Slug>,
    /// Whether the row was created, updated or deleted.
    pub action: ChangeAction,
}

/// A target whose figures today differ from its sealed figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetDrift {
    /// Id of the target.
    pub target_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The reference of the target's action in the published plan.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The sealed figures; null for a target that was created after sealing.
    pub sealed: Option<Figures>,
    /// The figures that are derived today; null for a target that no longer exists.
    pub now: Option<Figures>,
    /// The number of rows that differ between the sealed explanation and today's explanation.
    #[schema(minimum = 0)]
    pub rows_changed: i64,
    /// The first 500 of the rows that differ.
    #[schema(max_items = 500)]
    pub rows: Vec<RowDrift>,
    /// The first 500 changes of records after sealing that concern the rows that differ.
    #[schema(max_items = 500)]
    pub causes: Vec<DriftCause>,
}

/// The targets of a publication whose figures for the same day, derived from today's records,
/// differ from the sealed figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Drift {
    /// Id of the publication.
    pub publication_id: Uuid,
    /// Id of the publication's framework.
    pub framework_id: Uuid,
    /// The day of the sealed figures and of the figures that are derived today.
    pub as_at: Day,
    /// When the publication was sealed.
    pub sealed_at: Instant,
    /// The version of the rules by which the publication was sealed.
    pub sealed_rule_version: Code,
    /// The current version of the rules. If it differs from `sealed_rule_version`, figures can
    /// differ although no row differs.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// The number of targets that were compared.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// The targets whose figures today differ from the sealed figures.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetDrift>,
}

fn example(status: &str, numerator: i64) -> serde_json::Value {
    let id = "0198c5b0-0000-7000-8000-000000000004";
    let (counts, reason) = if numerator > 0 { ("numerator", None) } else { ("denominator", Some(status)) };
    serde_json::json!({
        "kind": "line", "meeting_id": id, "held_on": "2017-10-01", "seat_id": id, "role": "lead_member", "council_id": id,
        "council_name": "Bedford", "attendance_id": id, "status": status, "counted_at_meeting_id": null, "counted_at_seat_id": null,
        "share": { "counts": counts, "reason": reason, "numerator": numerator, "denominator": 1 },
    })
}
