//! The protected parts of a row: names of persons, notes, and external ids of other systems.

use uuid::Uuid;

use crate::policy::Scope;
use crate::values::{Code, ExternalId};

/// Which external ids a caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyView {
    /// Those of every row and system.
    All,
    /// Those of the caller's own system, if it has one.
    OfSystem(Option<Code>),
    /// Those of rows that belong to these councils.
    OfCouncils(Vec<Uuid>),
}

/// What a caller may read of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    /// The scope of rows in which the caller may read names of persons.
    pub names: Scope,
    /// The scope of rows in which the caller may read notes. A note on a row without a council
    /// belongs to the association, and everybody may read it.
    pub notes: Scope,
    /// Which external ids the caller may read.
    pub keys: KeyView,
}

/// A row with parts that not every caller may read.
pub trait Restricted {
    /// The council that the row belongs to.
    fn council(&self) -> Option<Uuid> {
        None
    }

    /// Removes the note, if a council's row can have one.
    fn clear_note(&mut self) {}

    /// The row's external ids.
    fn keys(&mut self) -> &mut Vec<ExternalId>;
}

impl Visibility {
    /// Everything, as the association's staff may read it.
    pub const ALL: Self = Self { names: Scope::All, notes: Scope::All, keys: KeyView::All };

    /// Removes from a row what the caller may not read.
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

    /// Removes from rows what the caller may not read.
    pub fn restrict_all<R: Restricted>(&self, rows: Vec<R>) -> Vec<R> {
        rows.into_iter().map(|row| self.restrict(row)).collect()
    }
}
