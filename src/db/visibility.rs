//! What a caller reads of a row besides its facts: persons' names, notes, and the keys of other systems.

use uuid::Uuid;

use crate::policy::Scope;
use crate::values::{Code, ExternalId};

/// Which external ids a caller reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyView {
    /// Those of every row and system.
    All,
    /// Those of its own system, if it is one.
    OfSystem(Option<Code>),
    /// Those of rows that belong to these councils.
    OfCouncils(Vec<Uuid>),
}

/// What a caller reads of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    /// Whose people's names.
    pub names: Scope,
    /// Whose notes. Notes on rows of no council are the association's: everybody reads them.
    pub notes: Scope,
    /// Which external ids.
    pub keys: KeyView,
}

/// A row with parts that not everybody reads.
pub trait Restricted {
    /// The council that the row belongs to.
    fn council(&self) -> Option<Uuid> {
        None
    }

    /// Removes the note, where the row can have one of a council.
    fn clear_note(&mut self) {}

    /// The row's external ids.
    fn keys(&mut self) -> &mut Vec<ExternalId>;
}

impl Visibility {
    /// Everything, as the association's staff see it.
    pub const ALL: Self = Self { names: Scope::All, notes: Scope::All, keys: KeyView::All };

    /// Removes from a row what the caller does not read.
    pub fn restrict<R: Restricted>(&self, mut row: R) -> R {
        let council = row.council();
        if council.is_some() && !self.notes.contains(council) {
            row.clear_note();
        }
        match &self.keys {
            KeyView::All => {}
            KeyView::OfSystem(system) => row.keys().retain(|key| system.as_ref() == Some(&key.system)),
            KeyView::OfCouncils(own) if council.is_some_and(|council| own.contains(&council)) => {}
            KeyView::OfCouncils(_) => row.keys().clear(),
        }
        row
    }

    /// Removes from rows what the caller does not read.
    pub fn restrict_all<R: Restricted>(&self, rows: Vec<R>) -> Vec<R> {
        rows.into_iter().map(|row| self.restrict(row)).collect()
    }
}
