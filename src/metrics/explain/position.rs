//! The position of a row in an explanation, which the cursor of a page contains.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{After, Error, SortKey};
use crate::values::Day;

/// The kinds of rows, in the order in which an explanation lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Meetings,
    Lines,
    Evaluations,
    Councils,
    Entries,
}

/// The sort key of a row in an explanation: its kind, date, occasion, meeting and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowPosition {
    pub part: Part,
    /// The date of the row; `None` for a council.
    pub day: Option<Day>,
    /// The occasion for which a council is listed; `None` for other rows.
    pub occasion: Option<String>,
    /// The meeting of an attendance record or an evaluation; `None` for other rows.
    pub meeting: Option<Uuid>,
    pub id: Uuid,
}

impl RowPosition {
    pub const fn new(part: Part, day: Day, meeting: Option<Uuid>, id: Uuid) -> Self {
        Self { part, day: Some(day), occasion: None, meeting, id }
    }

    /// Returns whether rows of the kind `part` can come after this position.
    pub fn is_before_end_of(&self, part: Part) -> bool {
        self.part <= part
    }
}

/// The content of a cursor. All pages use the date of the first page, so that no row moves to
/// another page.
#[derive(Debug, Serialize, Deserialize)]
pub struct PageStart {
    pub as_at: Day,
    pub after: RowPosition,
}

impl PageStart {
    /// Parses a cursor. Checks that its dates are within bounds, because clients can forge cursors.
    pub fn parse(after: &After) -> Result<Self, Error> {
        let start: Option<Self> = serde_json::from_value(after.key.clone()).ok();
        let is_in_bounds = |start: &Self| {
            [Some(start.as_at), start.after.day].iter().flatten().all(SortKey::is_in_bounds)
                && (start.after.part != Part::Lines
                    || start.after.day.is_some() && start.after.meeting.is_some())
        };
        start.filter(is_in_bounds).ok_or(Error::BadCursor)
    }
}
