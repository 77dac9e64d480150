//! What bulk writes share below HTTP: how lines are applied, and what became of each.

mod apply;
mod lock;
mod observed;

use uuid::Uuid;

use super::{Error, constraints};
use crate::values::{Fault, Line};

pub use apply::{Bulk, Decision, Row, Work, apply, gone, keys, written};
pub use lock::LOCK_TIMEOUT;
pub use observed::Observed;

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The row was made.
    Created,
    /// The row says something else now.
    Updated,
    /// The row is gone.
    Deleted,
    /// The row says so already, or is gone already.
    Unchanged,
    /// Something newer stands.
    Stale,
    /// It cannot be applied; the faults' pointers are the line's own.
    Failed(Vec<Fault>),
}

/// A line's verdict, and its row.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What became of the line.
    pub verdict: Verdict,
    /// Its row, where there is one.
    pub id: Option<Uuid>,
    /// The row's version now.
    pub version: Option<i64>,
}

impl Outcome {
    /// A line that cannot be applied.
    pub fn failed(faults: Vec<Fault>) -> Self {
        Self { verdict: Verdict::Failed(faults), id: None, version: None }
    }
}

/// What was made of the lines that could be read.
#[derive(Debug, Default)]
pub struct Applied {
    /// An outcome for each line, in their order.
    pub outcomes: Vec<Outcome>,
    /// The meetings whose registers were closed.
    pub registers_closed: Vec<Uuid>,
}

/// The fault of a line that would change what counts in a period that is published.
pub fn period_published() -> Fault {
    constraints::fault_of("publications_close_their_period")
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    None,
    /// This row.
    One(Uuid),
    /// Several rows: it is refused, never guessed.
    Several,
}

impl Found {
    /// From how many rows go by a name, and one of them.
    pub fn of(count: i64, id: Option<Uuid>) -> Self {
        match (count, id) {
            (1, Some(id)) => Self::One(id),
            (0, _) | (_, None) => Self::None,
            _ => Self::Several,
        }
    }

    /// The council that a line names by our id or by a GSS code, or the fault at that field. Another's is as one that
    /// does not exist.
    pub fn council(self, is_by_id: bool) -> Result<Uuid, Fault> {
        let (field, noun) = if is_by_id { ("/council_id", "id") } else { ("/council_gss_code", "code") };
        let none = format!("No council has this {noun}, or you may not write for it.");
        self.one(field, &none, "Several councils have gone by this code.")
    }

    /// The row, or the fault at the field that names it.
    pub fn one(self, field: &str, none: &str, several: &str) -> Result<Uuid, Fault> {
        match self {
            Self::One(id) => Ok(id),
            Self::None => Err(Fault::body(field, "unknown_reference", none)),
            Self::Several => Err(Fault::body(field, "ambiguous", several)),
        }
    }
}

/// What a field is to say: what was sent, or what it says already.
pub fn said<T: ToString>(sent: Option<&Option<T>>, stands: Option<&String>) -> Option<String> {
    match sent {
        Some(sent) => sent.as_ref().map(ToString::to_string),
        None => stands.cloned(),
    }
}

/// Whether a row has the key that its line says, if it says one.
pub fn has_key(sent: Option<&Line>, stands: Option<&String>) -> bool {
    sent.is_none_or(|key| stands.is_some_and(|stands| stands == key.as_str()))
}

/// A line's own key without a system it is a key of.
pub fn system_required() -> Fault {
    let detail = "A line's own key is one of a system: name it in the parameter system.";
    Fault::body("/external_id", "system_required", detail)
}

/// A line's own key that stands for nothing, where nothing else is named.
pub fn unknown_key() -> Fault {
    let detail = "No line goes by this key: name what it is about.";
    Fault::body("/external_id", "unknown_reference", detail)
}

/// A line's own key that stands for another row than the line means.
pub fn key_of_another() -> Fault {
    Fault::body("/external_id", "already_exists", "Another line has this key in that system.")
}

/// Whether as many rows were written as were meant: otherwise one has changed since it was read.
pub fn check_touched(touched: i64, wanted: usize) -> Result<(), Error> {
    if usize::try_from(touched).is_ok_and(|touched| touched == wanted) {
        Ok(())
    } else {
        Err(Error::Contended)
    }
}
