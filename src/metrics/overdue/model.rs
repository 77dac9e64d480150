//! What is overdue, on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::MissingKind;
use crate::values::{Code, Day, Instant, Line, Title};

/// At which date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverdueQuery {
    /// The date to read at; today if not said. What is missing when the plan year ends goes on growing older.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Read what was known at this instant, and not what has been entered, corrected or deleted since; `as_at` is then that
    /// day if not said.
    #[param(inline)]
    pub known_at: Option<Instant>,
}

/// Something that is due and has not come in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "owner": "Head of Policy", "target_id": "0198c5b0-0000-7000-8000-000000000008", "code": "lead-members-attending", "ref": "4.1.1",
    "title": "60 % of lead members attend", "missing": "register", "meeting_id": "0198c5b0-0000-7000-8000-000000000003",
    "meeting_title": "Lead members, summer 2017", "group_name": "Lead Members' Network", "period_from": null, "due_on": "2017-07-04",
    "days_overdue": 1
}))]
pub struct OverdueItem {
    /// Who answers for the target; null where nobody is named.
    pub owner: Option<Line>,
    /// The target that waits for it.
    pub target_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of its action; of its actions, where it hangs on several.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// What is promised.
    pub title: Title,
    /// What is missing.
    pub missing: MissingKind,
    /// The meeting it is missing from; null for a reading.
    pub meeting_id: Option<Uuid>,
    /// What that meeting is called.
    pub meeting_title: Option<Title>,
    /// The name of its group; null for a meeting without one.
    pub group_name: Option<Line>,
    /// The first day of the reporting period it is missing from; null for what belongs to a meeting.
    pub period_from: Option<Day>,
    /// The day by which it was due: the meeting's, or the last of the reporting period. A reading is overdue from the day
    /// after.
    pub due_on: Day,
    /// Days since then.
    #[schema(minimum = 0)]
    pub days_overdue: i64,
}

/// What is due in a framework and has not come in, at a date.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkOverdue {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The date it is read at.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// By owner, those without one last; of each the oldest first. What matters to two targets stands there for both.
    #[schema(max_items = 1000000)]
    pub data: Vec<OverdueItem>,
}
