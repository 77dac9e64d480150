//! Where a row lies among all rows of an explanation, and so where a page begins.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{After, Error, SortKey};
use crate::values::Day;

/// The kinds of rows, in the order of the list.
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

/// A row's place: by kind, date or occasion, meeting or council, and its own id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Its kind.
    pub part: Part,
    /// Its date; none for a council.
    pub day: Option<Day>,
    /// The occasion of a council.
    pub occasion: Option<String>,
    /// The meeting of a line or a form.
    pub meeting: Option<Uuid>,
    /// Its own id.
    pub id: Uuid,
}

impl Place {
    /// The place of a row with a date.
    pub const fn on(part: Part, day: Day, meeting: Option<Uuid>, id: Uuid) -> Self {
        Self { part, day: Some(day), occasion: None, meeting, id }
    }

    /// Whether this kind of row can lie behind it.
    pub fn is_before_end_of(&self, part: Part) -> bool {
        self.part <= part
    }
}

/// A walk through the pages stays at the day on which it began.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    /// That day.
    pub as_at: Day,
    /// The last row of the page before.
    pub behind: Place,
}

impl Start {
    /// Where a cursor leads. A cursor can be forged, so its day is held to its bounds.
    pub fn read(after: &After) -> Result<Self, Error> {
        let start: Option<Self> = serde_json::from_value(after.key.clone()).ok();
        let is_in_bounds = |start: &Self| {
            [Some(start.as_at), start.behind.day].iter().flatten().all(SortKey::is_in_bounds)
                && (start.behind.part != Part::Lines || start.behind.day.is_some())
        };
        start.filter(is_in_bounds).ok_or(Error::BadCursor)
    }
}
