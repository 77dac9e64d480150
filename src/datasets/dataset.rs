//! The declaration of a dataset, and a request for one.

use diesel_async::AsyncPgConnection;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::formats::error::WriteError;
use crate::db::Error;
use crate::policy::Scope;
use crate::rules::period::Interval;
use crate::values::{Cell, Column, Day, Instant};
use crate::web::file_response::Spool;

/// A dataset: a flat table of one grain.
#[derive(Debug)]
pub struct Dataset {
    /// The name, which is the last segment of the path.
    pub name: &'static str,
    /// What one row represents.
    pub grain: &'static str,
    /// The meaning of `occurred_on`, the day by which rows are filtered, and why it never changes.
    pub occurred_on: &'static str,
    /// The dataset's own columns. New columns are added at the end only, and never if `shared`
    /// columns follow.
    pub own: &'static [Column],
    /// The columns after these, which are declared with the figures. New columns are added at the
    /// end only.
    pub shared: &'static [Column],
    /// The parameters besides the format and the window.
    pub parameters: &'static [&'static str],
    /// The resources from which it is read. Changes of other resources do not change the dataset.
    pub reads: &'static [&'static str],
    /// The source of its rows.
    pub source: Source,
}

/// The source of a dataset's rows.
#[derive(Debug)]
pub enum Source {
    /// An SQL statement that returns the dataset's columns. Its parameters are the window ($1, $2)
    /// and the councils whose notes are returned, or null for all ($3).
    Table(&'static str),
    /// A function that derives the rows in batches.
    Derived(Derive),
}

/// Sends the rows of a derived dataset in batches.
pub type Derive = for<'a> fn(
    &'a mut AsyncPgConnection,
    &'a DatasetRequest,
    &'a Rows,
) -> LocalBoxFuture<'a, Result<(), Error>>;

/// The file to which rows are written.
pub type Rows = Spool<Vec<Vec<Cell>>, WriteError>;

/// The resolved parameters of a request for a dataset.
#[derive(Debug, Clone)]
pub struct DatasetRequest {
    /// The window's first day.
    pub from: Day,
    /// The day after the window's last day.
    pub until: Day,
    /// The date as of which figures are derived.
    pub as_at: Day,
    /// The interval of series.
    pub interval: Interval,
    /// The framework, or `None` for all.
    pub framework: Option<Uuid>,
    /// The councils whose notes are returned. Notes without a council are always returned.
    pub notes: Scope,
    /// When the resources from which the dataset is read last changed.
    pub changed_at: Option<Instant>,
}

impl Dataset {
    /// Returns all columns, in order.
    pub fn columns(&self) -> Vec<Column> {
        [self.own, self.shared].concat()
    }

    /// Returns whether the dataset has derived figures, which depend on `as_at`.
    pub const fn is_derived(&self) -> bool {
        matches!(self.source, Source::Derived(_))
    }
}

impl DatasetRequest {
    /// Returns whether the window contains a day.
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }

    /// Returns when figures as at a date last changed: at the last change of a record, or at the
    /// start of that date.
    pub fn updated_at(&self, as_at: Day) -> Cell {
        self.changed_at.max(Some(as_at.begins())).into()
    }
}
