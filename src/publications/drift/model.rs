//! The JSON types of a publication's drift.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::model::ChangeAction;
use crate::metrics::model::{ExplainedRow, Metric, Status, StatusReason, ValueReason};
use crate::values::{Code, Day, Instant, Number, Percent, Slug, Title, text_enum};

/// The maximum number of rows, and of causes, in the drift of one target.
pub const MAX_ROWS: usize = 500;

text_enum! {
    /// The kind of a change that causes drift.
    pub enum DriftKind {
        /// After sealing, a register was closed, or an attendance record, evaluation or progress
        /// entry was created.
        LateRecord = "late_record",
        /// A record that existed at sealing was changed, superseded or deleted.
        Correction = "correction",
        /// The threshold was revised.
        Revision = "revision",
        /// The plan was changed: the target, its actions, or its groups.
        Plan = "plan",
        /// The cohort was changed: councils, seats or holders of seats.
        Cohort = "cohort",
    }
}

/// The figures of a metric that drift compares.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// The value; null if the unit is per cent.
    pub value: Option<i64>,
    /// The value in per cent, rounded half up to two decimals; null if the unit is not per cent.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// The threshold on the day.
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

/// A row of an explanation that differs from the sealed row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "sealed": example("absent", 0), "now": example("present", 1) }))]
pub struct RowDrift {
    /// The sealed row; null if the row did not exist at sealing.
    pub sealed: Option<ExplainedRow>,
    /// The row derived from today's records; null if the row no longer exists.
    pub now: Option<ExplainedRow>,
}

/// A change of a record after sealing that concerns the rows that differ. The change log says who
/// made the change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DriftCause {
    /// Id of the change-log entry.
    pub audit_id: Uuid,
    /// When the change was made.
    pub changed_at: Instant,
    /// The kind of the change.
    pub kind: DriftKind,
    /// The kind of resource that was changed, such as `meetings`.
    pub resource: Slug,
    /// Id of the changed resource.
    pub resource_id: Uuid,
    /// The table of the changed part; null if the resource itself was changed.
    pub part: Option<Slug>,
    /// Whether the row was created, updated or deleted.
    pub action: ChangeAction,
}

/// A target whose metric differs from the sealed metric.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetDrift {
    /// Id of the target.
    pub target_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The printed reference of the target's action.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The sealed figures; null for a target that was created after sealing.
    pub sealed: Option<Figures>,
    /// The figures by today's records; null for a target that no longer exists.
    pub now: Option<Figures>,
    /// The number of rows that differ from the sealed rows.
    #[schema(minimum = 0)]
    pub rows_changed: i64,
    /// The first 500 rows that differ.
    #[schema(max_items = 500)]
    pub rows: Vec<RowDrift>,
    /// The first 500 changes after sealing that concern the rows that differ.
    #[schema(max_items = 500)]
    pub causes: Vec<DriftCause>,
}

/// The differences between a publication and the metrics of the same day by today's records.
#[derive(Debug, Serialize, ToSchema)]
pub struct Drift {
    /// Id of the publication.
    pub publication_id: Uuid,
    /// Id of the publication's framework.
    pub framework_id: Uuid,
    /// The day of both the sealed metrics and the metrics by today's records.
    pub as_at: Day,
    /// When the publication was sealed.
    pub sealed_at: Instant,
    /// The version of the rules by which the publication was sealed.
    pub sealed_rule_version: Code,
    /// The current version of the rules. If the two versions differ, a metric can differ although
    /// no row differs.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// The number of targets that were compared.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// The targets whose metric differs from the sealed metric.
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
