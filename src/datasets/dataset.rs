//! What a dataset is, and what is asked of it.

use diesel_async::AsyncPgConnection;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::formats::Failed;
use crate::db::Error;
use crate::policy::Scope;
use crate::rules::period::Interval;
use crate::values::{Cell, Column, Day, Instant};
use crate::web::spool::Spool;

/// A flat table of one grain.
#[derive(Debug)]
pub struct Dataset {
    /// Its name, the last part of its path.
    pub name: &'static str,
    /// What one row is.
    pub grain: &'static str,
    /// Which day the window goes by, and why it never changes.
    pub occurred_on: &'static str,
    /// Its own columns. They only grow at the end, and not at all where others follow.
    pub own: &'static [Column],
    /// The columns that follow, which are declared with the figures and only grow at the end.
    pub shared: &'static [Column],
    /// The parameters it takes besides format and window.
    pub parameters: &'static [&'static str],
    /// The resources it is read from: a change of any other leaves it as it is.
    pub reads: &'static [&'static str],
    /// Where its rows come from.
    pub source: Source,
}

/// Where a dataset's rows come from.
#[derive(Debug)]
pub enum Source {
    /// A statement with the window as $1 and $2, and as $3 the councils whose notes are shown or null for all, whose columns are the dataset's.
    Table(&'static str),
    /// The figures, derived part by part.
    Derived(Derive),
}

/// Hands over the rows of a derived dataset, in batches.
pub type Derive =
    for<'a> fn(&'a mut AsyncPgConnection, &'a Asked, &'a Rows) -> LocalBoxFuture<'a, Result<(), Error>>;

/// Rows on their way into a file.
pub type Rows = Spool<Vec<Vec<Cell>>, Failed>;

/// What is asked of a dataset.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The window's first day.
    pub from: Day,
    /// The day after its last.
    pub until: Day,
    /// The date that figures are read at.
    pub as_at: Day,
    /// How far the points of series lie apart.
    pub interval: Interval,
    /// The one framework, if it is not all.
    pub framework: Option<Uuid>,
    /// Whose notes are shown besides those of no council.
    pub notes: Scope,
    /// When anything last changed that the dataset is read from.
    pub changed_at: Option<Instant>,
}

impl Dataset {
    /// All its columns, in order.
    pub fn columns(&self) -> Vec<Column> {
        [self.own, self.shared].concat()
    }

    /// Whether it has figures that depend on the date they are read at.
    pub const fn is_derived(&self) -> bool {
        matches!(self.source, Source::Derived(_))
    }
}

impl Asked {
    /// Whether a day lies in the window.
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }

    /// When figures that are read at a date were last other ones: with the last change, or when that date began.
    pub fn updated_at(&self, as_at: Day) -> Cell {
        self.changed_at.max(Some(as_at.begins())).into()
    }
}
