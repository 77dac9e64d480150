//! The declaration of a dataset, and the resolved parameters of a request for a dataset.

use diesel_async::AsyncPgConnection;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::formats::error::WriteError;
use crate::access::Scope;
use crate::db::Error;
use crate::rules::period::Interval;
use crate::values::{Cell, Column, Day, Instant};
use crate::web::file_response::Spool;

/// The declaration of a dataset: a flat table in which all rows represent the same kind of thing.
#[derive(Debug)]
pub struct Dataset {
    /// The dataset's name, which is the last segment of its path.
    pub name: &'static str,
    pub grain: &'static str,
    /// The meaning of the column `occurred_on`, by which requests filter rows, and the reason why a
    /// row's `occurred_on` never changes.
    pub occurred_on: &'static str,
    /// The columns that only this dataset has. A new column must be the last column of the dataset,
    /// so a dataset with `shared` columns gets no new `own` columns.
    pub own: &'static [Column],
    /// The columns after the `own` columns, which are declared beside the figures that they show. A
    /// new column must be the last column.
    pub shared: &'static [Column],
    /// The query parameters that the dataset accepts, except the common parameters.
    pub parameters: &'static [&'static str],
    /// The resources from which the rows are read. The dataset's ETag depends on changes of the
    /// resources in `reads` only.
    pub reads: &'static [&'static str],
    pub source: Source,
}

/// The source of a dataset's rows.
#[derive(Debug)]
pub enum Source {
    /// An SQL statement that returns the dataset's columns. $1 and $2: the requested half-open
    /// range of days. $3: the councils whose notes the caller may read; null if the caller may read
    /// all notes.
    Table(&'static str),
    Derived(Derive),
}

/// Derives the rows of a dataset and sends them in batches.
pub type Derive = for<'a> fn(
    &'a mut AsyncPgConnection,
    &'a DatasetRequest,
    &'a Rows,
) -> LocalBoxFuture<'a, Result<(), Error>>;

/// The temporary file to which rows are written.
pub type Rows = Spool<Vec<Vec<Cell>>, WriteError>;

/// The parameters of a request for a dataset, with defaults filled in.
#[derive(Debug, Clone)]
pub struct DatasetRequest {
    /// The first day of the requested range; rows match by `occurred_on`.
    pub from: Day,
    /// The day after the last day of the requested range.
    pub until: Day,
    pub as_at: Day,
    pub interval: Interval,
    /// The id of the only framework to return; `None` returns all frameworks.
    pub framework: Option<Uuid>,
    /// The councils whose notes the caller may read. A note about no council is always returned.
    pub notes: Scope,
    /// When the resources from which the dataset is read last changed.
    pub changed_at: Option<Instant>,
}

impl Dataset {
    pub fn columns(&self) -> Vec<Column> {
        [self.own, self.shared].concat()
    }

    /// Returns whether the rows are derived figures, which depend on `as_at`.
    pub const fn is_derived(&self) -> bool {
        matches!(self.source, Source::Derived(_))
    }
}

impl DatasetRequest {
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }

    /// Returns the later of two instants: the last change of a record, and the start of the day
    /// `as_at`. The figures for `as_at` can change at both.
    pub fn updated_at(&self, as_at: Day) -> Cell {
        self.changed_at.max(Some(as_at.begins())).into()
    }
}
