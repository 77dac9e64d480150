//! The interface that each resource implements for bulk requests.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::LineOutcome;
use super::observation::Observation;
use crate::db::Error;
use crate::values::{FieldError, Instant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<C> {
    /// Create the row of the line, or update it to this content.
    Write(C),
    Delete,
    /// Do nothing. The row already has this content, or the row to delete does not exist.
    Leave,
    /// Do nothing, because the database already has newer data.
    Stale,
    /// Do nothing, because the line of the bulk request cannot be applied.
    Refuse(Vec<FieldError>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub id: Uuid,
    pub version: i64,
    pub updated_at: Instant,
}

/// The columns of the current row to which a line refers. All columns are null if the row does not
/// exist.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct RowColumns {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    updated_at: Option<Instant>,
}

impl RowColumns {
    pub fn row(&self) -> Option<Row> {
        Some(Row { id: self.id?, version: self.version?, updated_at: self.updated_at? })
    }
}

/// A line of a bulk request that refers to exactly one row.
pub struct ResolvedLine<'l, R: BulkResource + ?Sized> {
    /// Index of the line among the lines to apply.
    pub(super) index: usize,
    pub line: &'l R::Line,
    pub key: R::ResolvedKey,
}

pub struct DecidedLine<'l, R: BulkResource + ?Sized> {
    pub resolved: ResolvedLine<'l, R>,
    pub row: Option<Row>,
    /// The id of the row. A row that will be created already has an id.
    pub id: Uuid,
    pub decision: Decision<R::Content>,
    /// The time at which the sender observed the line. `None` if the line has no `observed_at`.
    pub(super) observed: Option<Observation>,
}

/// A resource whose rows can be written in bulk. [`super::apply`] calls `resolve`, `lock_parents`,
/// `load_current`, `decide` and `write` in this order.
#[expect(async_fn_in_trait, reason = "its futures stay on the thread that asks")]
pub trait BulkResource {
    const TABLE: &'static str;
    type Line;
    type ResolvedKey;
    type CurrentRow;
    type Content;

    fn external_id(line: &Self::Line) -> Option<&str>;
    fn observed_at(line: &Self::Line) -> Option<Instant>;
    /// Returns a text that identifies a row in its table. The table `observations` stores this
    /// text.
    fn key_text(key: &Self::ResolvedKey) -> String;
    /// Returns the id of the parent row. Only one bulk request at a time writes rows with the same
    /// parent.
    fn parent_id(key: &Self::ResolvedKey) -> Uuid;
    fn row(current: &Self::CurrentRow) -> Option<Row>;

    /// Finds the row to which each line refers. Returns all field errors of a line that refers to
    /// no row.
    async fn resolve(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&Self::Line],
    ) -> Result<Vec<Result<Self::ResolvedKey, Vec<FieldError>>>, Error>;

    /// Locks the parent rows in the same way as a write of a single row does.
    async fn lock_parents(&self, _conn: &mut AsyncPgConnection, _parents: &[Uuid]) -> Result<(), Error> {
        Ok(())
    }

    /// Loads the current state of the rows to which the lines refer, in the order of the lines.
    async fn load_current(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[ResolvedLine<'_, Self>],
    ) -> Result<Vec<Self::CurrentRow>, Error>;

    /// Decides what to do with a line. The database has no newer data for its row. Pure function.
    fn decide(&self, line: &Self::Line, current: &Self::CurrentRow) -> Decision<Self::Content>;

    /// Fails if the current state of the row does not allow the line to change it. Pure function.
    fn check_writable(&self, line: &Self::Line, current: &Self::CurrentRow) -> Result<(), FieldError>;

    /// Returns whether the content creates a correction, which is a new row that replaces the
    /// current row.
    fn is_correction(_content: &Self::Content) -> bool {
        false
    }

    /// Writes the rows of the lines as decided. Fails with [`Error::Contended`] if another
    /// transaction has inserted a row since the rows were loaded. No other conflict is possible,
    /// because the current rows are locked.
    async fn write(&self, conn: &mut AsyncPgConnection, lines: &[DecidedLine<'_, Self>])
    -> Result<(), Error>;

    /// Closes the registers of the meetings in the request, and returns these meetings. Does so
    /// only if the request has asked to close registers and no line has failed.
    async fn close_registers(
        &self,
        _conn: &mut AsyncPgConnection,
        _lines: &[DecidedLine<'_, Self>],
        _outcomes: &[LineOutcome],
    ) -> Result<Vec<Uuid>, Error> {
        Ok(Vec::new())
    }
}

pub type LineToWrite<'d, 'l, R> = (&'d DecidedLine<'l, R>, &'d <R as BulkResource>::Content);

/// Returns the lines of a bulk request whose content will be written.
pub fn to_write<'d, 'l, R: BulkResource>(lines: &'d [DecidedLine<'l, R>]) -> Vec<LineToWrite<'d, 'l, R>> {
    let content = |line: &'d DecidedLine<'l, R>| match &line.decision {
        Decision::Write(content) => Some((line, content)),
        _ => None,
    };
    lines.iter().filter_map(content).collect()
}

/// Returns one value for each line of a bulk request, as an array parameter for an SQL statement.
pub fn column<'d, 'l, R: BulkResource, T>(
    lines: &[LineToWrite<'d, 'l, R>],
    value: impl Fn(&'d DecidedLine<'l, R>, &'d R::Content) -> T,
) -> Vec<T> {
    lines.iter().map(|(line, content)| value(line, content)).collect()
}

pub fn to_delete<R: BulkResource>(lines: &[DecidedLine<'_, R>]) -> (Vec<Uuid>, Vec<i64>) {
    let deleted = lines.iter().filter(|line| matches!(line.decision, Decision::Delete));
    deleted.filter_map(|line| line.row).map(|row| (row.id, row.version)).unzip()
}

pub fn external_ids<'d, R: BulkResource>(lines: &[LineToWrite<'d, '_, R>]) -> Vec<(Uuid, &'d str)> {
    lines.iter().filter_map(|(line, _)| Some((line.id, R::external_id(line.resolved.line)?))).collect()
}

#[derive(QueryableByName)]
pub struct Touched {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

impl Touched {
    /// Fails with [`Error::Contended`] if the number of written rows differs from `intended`. A row
    /// has then changed since it was loaded.
    pub fn check(&self, intended: usize) -> Result<(), Error> {
        let is_intended = usize::try_from(self.rows).is_ok_and(|rows| rows == intended);
        if is_intended { Ok(()) } else { Err(Error::Contended) }
    }
}
