//! The drift of a publication in responses.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::model::ChangeAction;
use crate::metrics::model::{ExplainedRow, Metric, Status, StatusReason, ValueReason};
use crate::values::{Code, Day, Instant, Number, Percent, Slug, Title, text_enum};

/// The maximum number of rows, and of causes, that are listed for one target.
pub const MAX_ROWS: usize = 500;

text_enum! {
    /// The kind of a change.
    pub enum DriftKind {
        /// A register was closed, or a line, form or entry was created, after the metrics were
        /// sealed.
        LateRecord = "late_record",
        /// An existing record was changed, superseded or deleted.
        Correction = "correction",
        /// The threshold was revised.
        Revision = "revision",
        /// The plan was changed: the target, its actions, or its groups.
        Plan = "plan",
        /// The cohort was changed: councils, seats or their holders.
        Cohort = "cohort",
    }
}

/// The figures of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// The value, if the unit is not per cent.
    pub value: Option<i64>,
    /// The value, if the unit is per cent, rounded half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// The threshold on the day.
    pub threshold: Option<Number>,
    /// The status.
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

/// A row behind a metric that differs from the sealed row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "sealed": example("absent", 0), "now": example("present", 1) }))]
pub struct RowDrift {
    /// The row as it was sealed; null if there was none.
    pub sealed: Option<ExplainedRow>,
    /// The row today; null if there is none.
    pub now: Option<ExplainedRow>,
}

/// A change after sealing that concerns these rows. The change log says who made it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DriftCause {
    /// The entry of the change log.
    pub audit_id: Uuid,
    /// When the change was made.
    pub changed_at: Instant,
    /// The kind of the change.
    pub kind: DriftKind,
    /// The resource.
    pub resource: Slug,
    /// The resource's id.
    pub resource_id: Uuid,
    /// The table of the changed part; null if the resource itself was changed.
    pub part: Option<Slug>,
    /// The action: what was done to the row.
    pub action: ChangeAction,
}

/// A target whose metric of the day differs from the sealed one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetDrift {
    /// The target.
    pub target_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of the target's action.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The sealed figures; null for a target that was created later.
    pub sealed: Option<Figures>,
    /// The figures by today's records; null for a target that no longer exists.
    pub now: Option<Figures>,
    /// How many rows differ from the sealed ones.
    #[schema(minimum = 0)]
    pub rows_changed: i64,
    /// The first 500 of these rows.
    #[schema(max_items = 500)]
    pub rows: Vec<RowDrift>,
    /// The first 500 changes after sealing that concern these rows.
    #[schema(max_items = 500)]
    pub causes: Vec<DriftCause>,
}

/// What has changed since a publication was sealed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Drift {
    /// The publication.
    pub publication_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The day of both the sealed and today's metrics.
    pub as_at: Day,
    /// When it was sealed.
    pub sealed_at: Instant,
    /// The version of the rules by which the publication was sealed.
    pub sealed_rule_version: Code,
    /// The current version of the rules. If the versions differ, a metric can differ although no
    /// row does.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// How many targets were compared.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// The targets whose metric differs from the sealed one, in their order.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetDrift>,
}

/// Returns the example of a register line in the published document.
fn example(status: &str, numerator: i64) -> serde_json::Value {
    let id = "0198c5b0-0000-7000-8000-000000000004";
    let (counts, reason) = if numerator > 0 { ("numerator", None) } else { ("denominator", Some(status)) };
    serde_json::json!({
        "kind": "line", "meeting_id": id, "held_on": "2017-10-01", "seat_id": id, "role": "lead_member", "council_id": id,
        "council_name": "Bedford", "attendance_id": id, "status": status, "counted_at_meeting_id": null, "counted_at_seat_id": null,
        "share": { "counts": counts, "reason": reason, "numerator": numerator, "denominator": 1 },
    })
}
