//! The drift of a publication on the wire.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::model::ChangeAction;
use crate::metrics::model::{ExplainedRow, Metric, Status, StatusReason, ValueReason};
use crate::values::{Code, Day, Instant, Number, Percent, Slug, Title, text_enum};

/// The most rows and causes that are listed of one target.
pub const MOST: usize = 500;

text_enum! {
    /// What sort of change it was.
    pub enum DriftKind {
        /// A register was closed, or a line, form or entry came in, after the metrics were sealed.
        LateRecord = "late_record",
        /// A record that was there has been changed, superseded or deleted.
        Correction = "correction",
        /// The threshold was revised.
        Revision = "revision",
        /// The plan was changed: the target, its actions, or its groups.
        Plan = "plan",
        /// Who counts was changed: councils, seats, or who holds them.
        Cohort = "cohort",
    }
}

/// What a metric comes to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// The value where the unit is not per cent.
    pub value: Option<i64>,
    /// The value where the unit is per cent, half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// The threshold that holds on the day.
    pub threshold: Option<Number>,
    /// How it stands.
    pub status: Status,
    /// Why.
    pub status_reason: StatusReason,
    /// Whether something that is due is still to come in.
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

/// A row behind a metric that is not what it was.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({ "sealed": example("absent", 0), "now": example("present", 1) }))]
pub struct RowDrift {
    /// The row as it was sealed; null if there was none.
    pub sealed: Option<ExplainedRow>,
    /// The row today; null if there is none.
    pub now: Option<ExplainedRow>,
}

/// A change since that concerns these rows. The change log says who made it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DriftCause {
    /// The entry of the change log.
    pub audit_id: Uuid,
    /// When it was made.
    pub changed_at: Instant,
    /// What sort of change it was.
    pub kind: DriftKind,
    /// The resource.
    pub resource: Slug,
    /// The resource's id.
    pub resource_id: Uuid,
    /// The table that holds a part of the resource, where a part was changed.
    pub part: Option<Slug>,
    /// What was done.
    pub action: ChangeAction,
}

/// A target whose metric of the day is not what was sealed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetDrift {
    /// The target.
    pub target_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of its action.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// What is promised.
    pub title: Title,
    /// What was sealed; null for a target that came later.
    pub sealed: Option<Figures>,
    /// What it comes to today.
    pub now: Option<Figures>,
    /// How many rows are not what they were.
    #[schema(minimum = 0)]
    pub rows_changed: i64,
    /// Those rows, the first 500 of them.
    #[schema(max_items = 500)]
    pub rows: Vec<RowDrift>,
    /// The changes since that concern them, the first 500 of them.
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
    /// The day that both read at.
    pub as_at: Day,
    /// When it was sealed.
    pub sealed_at: Instant,
    /// The version of the rules then.
    pub sealed_rule_version: Code,
    /// The version of the rules now; where they differ, a metric can differ without any row.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// How many targets were compared.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// Those whose metric is not what was sealed, in the targets' order.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetDrift>,
}

/// A line as the document shows it.
fn example(status: &str, numerator: i64) -> serde_json::Value {
    let id = "0198c5b0-0000-7000-8000-000000000004";
    let (counts, reason) = if numerator > 0 { ("numerator", None) } else { ("denominator", Some(status)) };
    serde_json::json!({
        "kind": "line", "meeting_id": id, "held_on": "2017-10-01", "seat_id": id, "role": "lead_member", "council_id": id,
        "council_name": "Bedford", "attendance_id": id, "status": status, "counted_at_meeting_id": null, "counted_at_seat_id": null,
        "share": { "counts": counts, "reason": reason, "numerator": numerator, "denominator": 1 },
    })
}
