//! What each kind of event says. Nobody is named but a target's owner as the plan has it, which everybody reads: who may know more asks
//! the API by the ids.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::metrics::model::{Metric, Status, StatusReason};
use crate::metrics::overdue::model::OverdueItem;
use crate::progress::entry::Unit;
use crate::publications::model::PublicationStatus;
use crate::values::{Code, Day, Percent, Prose, Title};

/// What was done to a meeting's register in one transaction.
#[derive(Debug, Clone, Serialize, QueryableByName, ToSchema)]
pub struct AttendanceAccepted {
    /// The meeting.
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    /// The councils whose lines they are, as far as that is known; at most a thousand.
    #[diesel(sql_type = Array<SqlUuid>)]
    #[schema(max_items = 1000)]
    pub council_ids: Vec<Uuid>,
    /// Lines that were made.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0)]
    pub created: i64,
    /// Lines that were changed.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0)]
    pub changed: i64,
    /// Lines that were deleted.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0)]
    pub deleted: i64,
}

/// A publication that took a step that everybody sees.
#[derive(Debug, Clone, Serialize, QueryableByName, ToSchema)]
#[schema(example = json!({
    "publication_id": "0198c5b0-0000-7000-8000-000000000009", "framework_id": "0198c5b0-0000-7000-8000-000000000006",
    "title": "2017-18 as at 2017-12-31", "plan_from": "2017-04-01", "as_at": "2017-12-31", "status": "published",
    "content_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "reopened_reason": null
}))]
pub struct PublicationStep {
    /// The publication.
    #[diesel(sql_type = SqlUuid)]
    pub publication_id: Uuid,
    /// Its framework.
    #[diesel(sql_type = SqlUuid)]
    pub framework_id: Uuid,
    /// What it is called.
    #[diesel(sql_type = Text)]
    pub title: Title,
    /// The first day of its period.
    #[diesel(sql_type = Date)]
    pub plan_from: Day,
    /// The last day of its period, at which the metrics are read.
    #[diesel(sql_type = Date)]
    pub as_at: Day,
    /// How far it is on its way.
    #[diesel(sql_type = Text)]
    pub status: PublicationStatus,
    /// The SHA-256 digest of its content.
    #[diesel(sql_type = Text)]
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub content_sha256: String,
    /// Why its period was reopened.
    #[diesel(sql_type = Nullable<Text>)]
    pub reopened_reason: Option<Prose>,
}

/// Something of a target is overdue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadingOverdue {
    /// The target's framework.
    pub framework_id: Uuid,
    /// The day on which that was found.
    pub as_at: Day,
    /// What it is.
    pub item: OverdueItem,
}

/// How a target stands, and how it stood.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "target_id": "0198c5b0-0000-7000-8000-000000000008", "framework_id": "0198c5b0-0000-7000-8000-000000000006",
    "code": "lead-members-attending", "ref": "4.1.1", "title": "60 % of lead members attend", "as_at": "2018-03-31",
    "previous_status": "amber", "status": "green", "status_reason": "meets_threshold", "unit": "percent", "value": null,
    "value_percent": 66.67, "numerator": 22, "denominator": 33, "provisional": false
}))]
pub struct TargetStatusChanged {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of its action; of its actions, where it hangs on several.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// What is promised.
    pub title: Title,
    /// The date it is read at: today, or its plan year's last day.
    pub as_at: Day,
    /// How it stood when that was last told, or when it was first seen.
    pub previous_status: Status,
    /// How it stands.
    pub status: Status,
    /// Why.
    pub status_reason: StatusReason,
    /// The unit of the value.
    pub unit: Unit,
    /// The value where the unit is not per cent.
    pub value: Option<i64>,
    /// The value where the unit is per cent, half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    pub denominator: Option<i64>,
    /// Whether something that is due is still to come in.
    pub provisional: bool,
}

impl TargetStatusChanged {
    /// What a metric tells where it stood otherwise before.
    pub fn of(metric: &Metric, previous_status: Status) -> Self {
        Self {
            target_id: metric.target_id,
            framework_id: metric.framework_id,
            code: metric.code.clone(),
            printed_ref: metric.printed_ref.clone(),
            title: metric.title.clone(),
            as_at: metric.as_at,
            previous_status,
            status: metric.status,
            status_reason: metric.status_reason,
            unit: metric.unit,
            value: metric.value,
            value_percent: metric.value_percent,
            numerator: metric.numerator,
            denominator: metric.denominator,
            provisional: metric.completeness.provisional,
        }
    }
}

/// Nothing but that it was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ping {
    /// The webhook.
    pub webhook_id: Uuid,
}
