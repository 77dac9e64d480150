//! The JSON types of overdue records.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::MissingKind;
use crate::values::{Code, Day, Instant, ShortText, Title};

/// The date of the list, and the instant of an as-of query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverdueQuery {
    /// The date of the list; today by default. After the end of the plan year, missing records
    /// remain in the list and `days_overdue` keeps growing.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derive the list from the records that were known at this instant. Records that were created,
    /// corrected or deleted later count as they were at this instant. `as_at` is then by default
    /// the day of this instant.
    #[param(inline)]
    pub known_at: Option<Instant>,
}

/// A record that is due and missing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "owner": "Head of Policy", "target_id": "0198c5b0-0000-7000-8000-000000000008", "code": "lead-members-attending", "ref": "4.1.1",
    "title": "60 % of lead members attend", "missing": "register", "meeting_id": "0198c5b0-0000-7000-8000-000000000003",
    "meeting_title": "Lead members, summer 2017", "group_name": "Lead Members' Network", "period_from": null, "due_on": "2017-07-04",
    "days_overdue": 1
}))]
pub struct OverdueItem {
    /// Who is responsible for the target; null if the target names nobody.
    pub owner: Option<ShortText>,
    /// Id of the target that needs the record.
    pub target_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The printed reference of the target's action, or of its actions if it is a joint target.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of record that is missing.
    pub missing: MissingKind,
    /// Id of the meeting whose record is missing; null for a reading.
    pub meeting_id: Option<Uuid>,
    /// The meeting's title; null for a reading.
    pub meeting_title: Option<Title>,
    /// The name of the meeting's group; null for a reading and for an open event.
    pub group_name: Option<ShortText>,
    /// The first day of the reporting period without a reading; null if the record is about a
    /// meeting.
    pub period_from: Option<Day>,
    /// The day by which the record was due: the meeting's day, or the last day of the reporting
    /// period. A reading is overdue from the day after `due_on`.
    pub due_on: Day,
    /// The number of days since `due_on`.
    #[schema(minimum = 0)]
    pub days_overdue: i64,
}

/// The records of a framework that are due and missing on a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkOverdue {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The framework's key, such as `2017-18`.
    pub code: Code,
    /// The date of the list.
    pub as_at: Day,
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// The records, sorted by owner and then by age, the oldest first. Records for targets without
    /// an owner are last. A record that two targets need appears twice.
    #[schema(max_items = 1000000)]
    pub data: Vec<OverdueItem>,
}
