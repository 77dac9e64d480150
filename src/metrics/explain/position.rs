//! The position of a row in an explanation, from which a page begins.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{After, Error, SortKey};
use crate::values::Day;

/// The kinds of rows, in their order in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Meetings.
    Meetings,
    /// Lines of registers.
    Lines,
    /// Forms.
    Evaluations,
    /// Councils.
    Councils,
    /// Entries.
    Entries,
}

/// The position of a row, by which rows are sorted: kind, date or occasion, meeting, and the row's
/// id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowPosition {
    /// The kind of row.
    pub part: Part,
    /// The date; `None` for a council.
    pub day: Option<Day>,
    /// The occasion of a council.
    pub occasion: Option<String>,
    /// The meeting of a line or of forms.
    pub meeting: Option<Uuid>,
    /// The row's id.
    pub id: Uuid,
}

impl RowPosition {
    /// Creates the position of a row with a date.
    pub const fn new(part: Part, day: Day, meeting: Option<Uuid>, id: Uuid) -> Self {
        Self { part, day: Some(day), occasion: None, meeting, id }
    }

    /// Returns whether rows of this kind can follow this position.
    pub fn is_before_end_of(&self, part: Part) -> bool {
        self.part <= part
    }
}

/// The content of a cursor. All pages use the date of the first page.
#[derive(Debug, Serialize, Deserialize)]
pub struct PageStart {
    /// The date of the first page.
    pub as_at: Day,
    /// The last row of the page before.
    pub behind: RowPosition,
}

impl PageStart {
    /// Parses a cursor. A cursor can be forged, so its dates are checked against their bounds.
    pub fn parse(after: &After) -> Result<Self, Error> {
        let start: Option<Self> = serde_json::from_value(after.key.clone()).ok();
        let is_in_bounds = |start: &Self| {
            [Some(start.as_at), start.behind.day].iter().flatten().all(SortKey::is_in_bounds)
                && (start.behind.part != Part::Lines || start.behind.day.is_some())
        };
        start.filter(is_in_bounds).ok_or(Error::BadCursor)
    }
}
