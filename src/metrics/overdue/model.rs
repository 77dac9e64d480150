//! The JSON types of overdue records.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::MissingKind;
use crate::values::{Code, Day, Instant, ShortText, Title};

/// The date of the list of overdue records, and the instant of an as-of query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverdueQuery {
    /// The date of the list; today by default. It may be after the plan period: a missing record
    /// stays in the list, and its `days_overdue` grows.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derives the list from the records as they were stored at this instant. Later changes to the
    /// records are ignored. If `as_at` is absent, the day of this instant is used.
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
    /// The person or body responsible for the target; null if the target has no owner.
    pub owner: Option<ShortText>,
    /// Id of the target that needs the record.
    pub target_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The reference of the target's action in the published plan. For a joint target, the
    /// references of all its actions.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of record that is missing.
    pub missing: MissingKind,
    /// Id of the meeting to which the missing record belongs; null for a reading.
    pub meeting_id: Option<Uuid>,
    /// The title of that meeting; null for a reading.
    pub meeting_title: Option<Title>,
    /// The name of the group that met; null for a reading and for an open event.
    pub group_name: Option<ShortText>,
    /// The first day of the reporting period that has no reading; null for records of a meeting.
    pub period_from: Option<Day>,
    /// The day by which the record was due: the meeting's date, or the last day of the reporting
    /// period. A reading may still be entered on this day.
    pub due_on: Day,
    /// The number of days from `due_on` to the date of the list.
    #[schema(minimum = 0)]
    pub days_overdue: i64,
}

/// All records of a framework's targets that are due and missing on one date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkOverdue {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The code that identifies the framework, such as `2017-18`.
    pub code: Code,
    /// The date of the list.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// The overdue records, sorted by owner and then by age, the oldest first. Records of targets
    /// without an owner are last. A record that two targets need appears twice.
    #[schema(max_items = 1000000)]
    pub data: Vec<OverdueItem>,
}
