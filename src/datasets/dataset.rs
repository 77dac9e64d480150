//! The declaration of a dataset, and the parameters of a request for a dataset.

use diesel_async::AsyncPgConnection;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::formats::error::WriteError;
use crate::access::Scope;
use crate::db::Error;
use crate::rules::period::Interval;
use crate::values::{Cell, Column, Day, Instant};
use crate::web::file_response::Spool;

/// The declaration of a dataset, which is a flat table. All rows represent the same kind of thing.
#[derive(Debug)]
pub struct Dataset {
    pub name: &'static str,
    pub grain: &'static str,
    /// What the column `occurred_on` means, and why its value never changes for a row. Requests
    /// filter rows by this column.
    pub occurred_on: &'static str,
    /// The columns that only this dataset has. A new column must be the last column of the dataset.
    /// A dataset that has `shared` columns therefore gets no new `own` columns.
    pub own: &'static [Column],
    /// The columns that follow the `own` columns and are declared beside the figures that they
    /// show. A new column must be the last column.
    pub shared: &'static [Column],
    /// The query parameters that this dataset accepts, in addition to those that every dataset
    /// accepts.
    pub parameters: &'static [&'static str],
    /// The resources from which the rows are read. The dataset's ETag depends on changes of these
    /// resources only.
    pub reads: &'static [&'static str],
    pub source: Source,
}

#[derive(Debug)]
pub enum Source {
    /// An SQL statement that returns the columns of the dataset. $1 and $2 are the start and the
    /// end of the requested half-open range of days. $3 is the list of councils whose notes the
    /// caller may read. It is null if the caller may read all notes.
    Table(&'static str),
    Derived(Derive),
}

pub type Derive = for<'a> fn(
    &'a mut AsyncPgConnection,
    &'a DatasetRequest,
    &'a Rows,
) -> LocalBoxFuture<'a, Result<(), Error>>;

pub type Rows = Spool<Vec<Vec<Cell>>, WriteError>;

#[derive(Debug, Clone)]
pub struct DatasetRequest {
    /// The first day of the requested range. The column `occurred_on` decides whether a row is in
    /// the range.
    pub from: Day,
    /// The day after the last day of the requested range.
    pub until: Day,
    pub as_at: Day,
    pub interval: Interval,
    /// The id of the framework whose rows are returned. `None` returns the rows of all frameworks.
    pub framework: Option<Uuid>,
    /// The councils whose notes the caller may read. A note that concerns no council is always
    /// returned.
    pub notes: Scope,
    /// The last time at which a resource changed from which the dataset is read.
    pub changed_at: Option<Instant>,
}

impl Dataset {
    pub fn columns(&self) -> Vec<Column> {
        [self.own, self.shared].concat()
    }

    /// Returns whether the rows of the dataset are derived figures, which depend on `as_at`.
    pub const fn is_derived(&self) -> bool {
        matches!(self.source, Source::Derived(_))
    }
}

impl DatasetRequest {
    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }

    /// Returns the last change of a record, or the start of the day `as_at` if that is later. The
    /// figures for `as_at` can change at both times.
    pub fn updated_at(&self, as_at: Day) -> Cell {
        self.changed_at.max(Some(as_at.begins())).into()
    }
}
