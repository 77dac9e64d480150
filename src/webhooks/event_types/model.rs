//! The data of each webhook event type. Events contain no names of persons. The exception is a
//! target's owner as the plan states it, which every role can read. A receiver with more
//! permissions uses the ids to request more from the API.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::metrics::model::{Metric, Status, StatusReason};
use crate::metrics::overdue::model::OverdueItem;
use crate::progress::entry::Unit;
use crate::publications::model::PublicationStatus;
use crate::values::{Code, Day, Figure, Percent, Prose, ShortText, Title};

/// The changes to a meeting's register in one transaction.
#[derive(Debug, Clone, Serialize, QueryableByName, ToSchema)]
pub struct AttendanceAccepted {
    /// The meeting's id.
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    /// The ids of the councils in the changed attendance records, as far as they are known. At most
    /// 1,000.
    #[diesel(sql_type = Array<SqlUuid>)]
    #[schema(max_items = 1000)]
    pub council_ids: Vec<Uuid>,
    /// The number of attendance records that were created.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0)]
    pub created: i64,
    /// The number of attendance records that were changed.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0)]
    pub changed: i64,
    /// The number of attendance records that were deleted.
    #[diesel(sql_type = BigInt)]
    #[schema(minimum = 0)]
    pub deleted: i64,
}

/// A publication that was published or reopened.
#[derive(Debug, Clone, Serialize, QueryableByName, ToSchema)]
#[schema(example = json!({
    "publication_id": "0198c5b0-0000-7000-8000-000000000009", "framework_id": "0198c5b0-0000-7000-8000-000000000006",
    "title": "2017-18 as at 2017-12-31", "plan_from": "2017-04-01", "as_at": "2017-12-31", "status": "published",
    "content_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "reopened_reason": null
}))]
pub struct PublicationStep {
    /// The publication's id.
    #[diesel(sql_type = SqlUuid)]
    pub publication_id: Uuid,
    /// The id of the publication's framework.
    #[diesel(sql_type = SqlUuid)]
    pub framework_id: Uuid,
    /// The publication's title.
    #[diesel(sql_type = Text)]
    pub title: Title,
    /// The first day of the period that the publication covers.
    #[diesel(sql_type = Date)]
    pub plan_from: Day,
    /// The last day of the period that the publication covers. The sealed metrics are for this day.
    #[diesel(sql_type = Date)]
    pub as_at: Day,
    /// The publication's status.
    #[diesel(sql_type = Text)]
    pub status: PublicationStatus,
    /// The SHA-256 digest of the sealed content.
    #[diesel(sql_type = Text)]
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub content_sha256: String,
    /// Why the publication was reopened; null if it was not reopened.
    #[diesel(sql_type = Nullable<Text>)]
    pub reopened_reason: Option<Prose>,
}

/// An overdue record of a target.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadingOverdue {
    /// The id of the target's framework.
    pub framework_id: Uuid,
    /// The day on which the server detected that the record is overdue.
    pub as_at: Day,
    /// The overdue record.
    pub item: OverdueItem,
}

/// A target's metric with its previous status.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "target_id": "0198c5b0-0000-7000-8000-000000000008", "framework_id": "0198c5b0-0000-7000-8000-000000000006",
    "code": "lead-members-attending", "ref": "4.1.1", "title": "60 % of lead members attend", "as_at": "2018-03-31",
    "previous_status": "amber", "status": "green", "status_reason": "meets_threshold", "unit": "percent", "unit_name": null,
    "reported": false, "value": null, "value_percent": 66.67, "numerator": 22, "denominator": 33, "provisional": false
}))]
pub struct TargetStatusChanged {
    /// The target's id.
    pub target_id: Uuid,
    /// The framework's id.
    pub framework_id: Uuid,
    /// The stable key of the target.
    pub code: Code,
    /// The printed reference of the target's action, or of all its actions for a joint target.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The date of the metric: today, or the last day of the plan period if that is earlier.
    pub as_at: Day,
    /// The previous status: the status in the last message, or the first status that the server
    /// derived.
    pub previous_status: Status,
    /// The new status of the target.
    pub status: Status,
    /// The reason for the new status.
    pub status_reason: StatusReason,
    /// The unit of the value.
    pub unit: Unit,
    /// The name of the unit, such as `case studies` or `days`. Null if the measure names no unit.
    pub unit_name: Option<ShortText>,
    /// Whether the value was reported as it is. The server cannot derive it from records below it.
    pub reported: bool,
    /// The value, if the unit is not per cent.
    pub value: Option<Figure>,
    /// The value, if the unit is per cent, rounded half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator of the value, for rates and coverage.
    pub numerator: Option<i64>,
    /// The denominator of the value, for rates and coverage.
    pub denominator: Option<i64>,
    /// Whether the value is provisional, because a record that is due is missing.
    pub provisional: bool,
}

impl TargetStatusChanged {
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
            unit_name: metric.unit_name.clone(),
            reported: metric.reported,
            value: metric.value,
            value_percent: metric.value_percent,
            numerator: metric.numerator,
            denominator: metric.denominator,
            provisional: metric.completeness.provisional,
        }
    }
}

/// The data of a test message to a webhook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ping {
    /// The webhook's id.
    pub webhook_id: Uuid,
}
