//! Overdue records in requests and responses.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::MissingKind;
use crate::values::{Code, Day, Instant, ShortText, Title};

/// The date of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverdueQuery {
    /// The date of the list. Defaults to today. The age of a record that is missing at the plan
    /// year's end keeps growing.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Use only what was known at this instant, and nothing that was entered, corrected or deleted
    /// later. `as_at` then defaults to the day of this instant.
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
    /// Who is responsible for the target; null if nobody is named.
    pub owner: Option<ShortText>,
    /// The target that needs the record.
    pub target_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of the target's action, or of its actions if it is a joint target.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of record that is missing.
    pub missing: MissingKind,
    /// The meeting whose record is missing; null for a reading.
    pub meeting_id: Option<Uuid>,
    /// The meeting's title; null for a reading.
    pub meeting_title: Option<Title>,
    /// The name of the meeting's group; null for a reading and for a meeting without a group.
    pub group_name: Option<ShortText>,
    /// The first day of the reporting period without a reading; null for a record of a meeting.
    pub period_from: Option<Day>,
    /// The day by which the record was due: the meeting's day, or the last day of the reporting
    /// period. A reading is overdue from the day after.
    pub due_on: Day,
    /// The number of days since `due_on`.
    #[schema(minimum = 0)]
    pub days_overdue: i64,
}

/// The records of a framework that are due and missing on a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkOverdue {
    /// The framework.
    pub framework_id: Uuid,
    /// The framework's stable key.
    pub code: Code,
    /// The date of the list.
    pub as_at: Day,
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// The records by owner, those of targets without an owner last, and the oldest first for each
    /// owner. A record that two targets need is listed for both.
    #[schema(max_items = 1000000)]
    pub data: Vec<OverdueItem>,
}
