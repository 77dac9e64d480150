//! The steps of a bulk request that each resource implements.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::LineOutcome;
use super::observation::Observation;
use crate::db::Error;
use crate::values::{FieldError, Instant};

/// What to do with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<C> {
    /// Create the row, or update it to this content.
    Write(C),
    /// Delete the row.
    Delete,
    /// Do nothing: the row already has this content, or the row to delete does not exist.
    Leave,
    /// Do nothing: newer data is stored.
    Stale,
    /// Do nothing: the line cannot be applied.
    Refuse(Vec<FieldError>),
}

/// A current row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The columns of a current row, which are null if there is no row.
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
    /// Returns the row, if it exists.
    pub fn row(&self) -> Option<Row> {
        Some(Row { id: self.id?, version: self.version?, updated_at: self.updated_at? })
    }
}

/// A line that refers to exactly one row.
pub struct ResolvedLine<'l, R: BulkResource + ?Sized> {
    /// Its index among the lines to apply.
    pub(super) index: usize,
    /// The line.
    pub line: &'l R::Line,
    /// The key of the row.
    pub key: R::ResolvedKey,
}

/// A line, its row, and what to do with it.
pub struct DecidedLine<'l, R: BulkResource + ?Sized> {
    /// The line and the key of its row.
    pub resolved: ResolvedLine<'l, R>,
    /// The current row, if it exists.
    pub row: Option<Row>,
    /// The row's id, also if the row is to be created.
    pub id: Uuid,
    /// What to do.
    pub decision: Decision<R::Content>,
    /// When the sender observed the line, if the line says so.
    pub(super) observed: Option<Observation>,
}

/// A resource whose rows are written in bulk. [`super::apply`] calls the steps `resolve`,
/// `lock_parents`, `load_current`, `decide` and `write` in this order.
#[expect(async_fn_in_trait, reason = "its futures stay on the thread that asks")]
pub trait BulkResource {
    /// Its table.
    const TABLE: &'static str;
    /// A line of a request.
    type Line;
    /// The key of the row that a line refers to.
    type ResolvedKey;
    /// The current state of that row.
    type CurrentRow;
    /// The content to write to a row.
    type Content;

    /// Returns the external id that the sender gives the row.
    fn external_id(line: &Self::Line) -> Option<&str>;
    /// Returns when the sender observed the line.
    fn observed_at(line: &Self::Line) -> Option<Instant>;
    /// Returns a text that distinguishes a row from every other row of its table. It is stored.
    fn key_text(key: &Self::ResolvedKey) -> String;
    /// Returns the id of the parent. Only one bulk request at a time writes the rows of a parent.
    fn parent_id(key: &Self::ResolvedKey) -> Uuid;
    /// Returns the current row.
    fn row(current: &Self::CurrentRow) -> Option<Row>;

    /// Finds the row that each line refers to, or all field errors of a line that refers to none.
    async fn resolve(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&Self::Line],
    ) -> Result<Vec<Result<Self::ResolvedKey, Vec<FieldError>>>, Error>;

    /// Locks the parents, as the write of a single row does.
    async fn lock_parents(&self, _conn: &mut AsyncPgConnection, _parents: &[Uuid]) -> Result<(), Error> {
        Ok(())
    }

    /// Loads the current state of these lines' rows, in the order of the lines.
    async fn load_current(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[ResolvedLine<'_, Self>],
    ) -> Result<Vec<Self::CurrentRow>, Error>;

    /// Decides what to do with a line if no newer data is stored. Pure.
    fn decide(&self, line: &Self::Line, current: &Self::CurrentRow) -> Decision<Self::Content>;

    /// Checks whether the row may be written at the moment. Pure.
    fn check_writable(&self, line: &Self::Line, current: &Self::CurrentRow) -> Result<(), FieldError>;

    /// Returns whether writing this content creates a new row that corrects the old one.
    fn is_correction(_content: &Self::Content) -> bool {
        false
    }

    /// Writes what was decided. The current rows are locked, so a conflict is only possible if
    /// another transaction has inserted a row since they were loaded. Then it fails with
    /// [`Error::Contended`].
    async fn write(&self, conn: &mut AsyncPgConnection, lines: &[DecidedLine<'_, Self>])
    -> Result<(), Error>;

    /// Closes the registers of the lines' meetings, if the request asks for it and no line has
    /// failed. Returns the meetings.
    async fn close_registers(
        &self,
        _conn: &mut AsyncPgConnection,
        _lines: &[DecidedLine<'_, Self>],
        _outcomes: &[LineOutcome],
    ) -> Result<Vec<Uuid>, Error> {
        Ok(Vec::new())
    }
}

/// A line whose content is to be written, with the content.
pub type LineToWrite<'d, 'l, R> = (&'d DecidedLine<'l, R>, &'d <R as BulkResource>::Content);

/// Returns the lines whose content is to be written.
pub fn to_write<'d, 'l, R: BulkResource>(lines: &'d [DecidedLine<'l, R>]) -> Vec<LineToWrite<'d, 'l, R>> {
    let content = |line: &'d DecidedLine<'l, R>| match &line.decision {
        Decision::Write(content) => Some((line, content)),
        _ => None,
    };
    lines.iter().filter_map(content).collect()
}

/// Returns one value of each line, as the column of a statement.
pub fn column<'d, 'l, R: BulkResource, T>(
    lines: &[LineToWrite<'d, 'l, R>],
    value: impl Fn(&'d DecidedLine<'l, R>, &'d R::Content) -> T,
) -> Vec<T> {
    lines.iter().map(|(line, content)| value(line, content)).collect()
}

/// Returns the ids and the versions of the rows to delete.
pub fn to_delete<R: BulkResource>(lines: &[DecidedLine<'_, R>]) -> (Vec<Uuid>, Vec<i64>) {
    let deleted = lines.iter().filter(|line| matches!(line.decision, Decision::Delete));
    deleted.filter_map(|line| line.row).map(|row| (row.id, row.version)).unzip()
}

/// Returns the external ids that lines give to the rows they write.
pub fn external_ids<'d, R: BulkResource>(lines: &[LineToWrite<'d, '_, R>]) -> Vec<(Uuid, &'d str)> {
    lines.iter().filter_map(|(line, _)| Some((line.id, R::external_id(line.resolved.line)?))).collect()
}

/// How many rows a statement wrote.
#[derive(QueryableByName)]
pub struct Touched {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

impl Touched {
    /// Fails unless as many rows were written as intended. Otherwise one has changed since it was
    /// loaded.
    pub fn check(&self, intended: usize) -> Result<(), Error> {
        let is_intended = usize::try_from(self.rows).is_ok_and(|rows| rows == intended);
        if is_intended { Ok(()) } else { Err(Error::Contended) }
    }
}
