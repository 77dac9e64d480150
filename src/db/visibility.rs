//! The parts of a row that not every caller may read: names of persons, notes and external ids.

use uuid::Uuid;

use crate::access::Scope;
use crate::values::{Code, ExternalId};

/// Whose external ids a caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalIdVisibility {
    /// The external ids of all rows and all external systems.
    All,
    /// The ids of the caller's own external system. `None` if the caller has no external system.
    OfSystem(Option<Code>),
    /// The external ids of rows that belong to these councils.
    OfCouncils(Vec<Uuid>),
}

/// The names of persons, notes and external ids that a caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    pub names: Scope,
    /// The rows in which the caller may read notes. A row without a council belongs to the
    /// association, and every caller may read its note.
    pub notes: Scope,
    pub keys: ExternalIdVisibility,
}

/// A row that has names, notes or external ids that not every caller may read.
pub trait Restricted {
    fn council(&self) -> Option<Uuid> {
        None
    }

    /// Removes the note. Rows that belong to a council and can have a note implement this function.
    fn clear_note(&mut self) {}

    fn keys(&mut self) -> &mut Vec<ExternalId>;
}

impl Visibility {
    /// Lets the caller read everything, as the association's staff may.
    pub const ALL: Self = Self { names: Scope::All, notes: Scope::All, keys: ExternalIdVisibility::All };

    /// Removes from a row the note and the external ids that the caller may not read.
    pub fn restrict<R: Restricted>(&self, mut row: R) -> R {
        let council = row.council();
        if council.is_some() && !self.notes.contains(council) {
            row.clear_note();
        }
        match &self.keys {
            ExternalIdVisibility::All => {}
            ExternalIdVisibility::OfSystem(system) => {
                row.keys().retain(|key| system.as_ref() == Some(&key.system))
            }
            ExternalIdVisibility::OfCouncils(own)
                if council.is_some_and(|council| own.contains(&council)) => {}
            ExternalIdVisibility::OfCouncils(_) => row.keys().clear(),
        }
        row
    }

    pub fn restrict_all<R: Restricted>(&self, rows: Vec<R>) -> Vec<R> {
        rows.into_iter().map(|row| self.restrict(row)).collect()
    }
}
