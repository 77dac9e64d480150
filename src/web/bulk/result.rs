//! The response to a bulk request: counts, and the result of each line in the order of the request.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::line::ParsedLine;
use crate::db;
use crate::db::bulk::{Applied, LineOutcome, LineStatus};
use crate::values::{FieldError, ShortText, text_enum};

text_enum! {
    /// Whether a bulk request writes its lines or only checks them.
    pub enum BulkMode {
        /// Every check runs, and nothing is written.
        Validate = "validate",
        /// Every line that can be applied is written.
        Commit = "commit",
    }
}

text_enum! {
    /// The result of one line of a bulk request.
    pub enum BulkStatus {
        /// The row was created.
        Created = "created",
        /// The row was updated.
        Updated = "updated",
        /// The row was deleted.
        Deleted = "deleted",
        /// The row already had this content, or the row to delete did not exist.
        Unchanged = "unchanged",
        /// The line was not applied, because the database already has newer data.
        Stale = "stale",
        /// The line cannot be applied. `errors` contains the reasons.
        Failed = "failed",
        /// The line was not applied, because another line failed and the request is atomic.
        NotApplied = "not_applied",
    }
}

/// The result of a bulk request, with counts and the result of each line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "mode": "commit", "atomic": false, "received": 2, "created": 1, "updated": 0, "deleted": 0, "unchanged": 0,
    "stale": 0, "failed": 1, "not_applied": 0, "registers_closed": [],
    "results": [
        { "index": 0, "client_ref": "row 17", "status": "created", "id": "0198c5b0-0000-7000-8000-000000000005", "version": 1, "errors": [] },
        { "index": 1, "client_ref": "row 18", "status": "failed", "id": null, "version": null, "errors": [
            { "pointer": "#/lines/1/role", "parameter": null, "header": null, "code": "unknown_reference", "detail": "No seat has this role at this meeting, or you have no permission to see the seat.", "pattern": null }
        ] }
    ]
}))]
pub struct BulkResult {
    /// Whether the request was to write its lines or only to check them.
    pub mode: BulkMode,
    /// Whether all lines of the request were to be applied together or not at all.
    pub atomic: bool,
    /// The number of lines in the request. The other counts add up to this number.
    #[schema(minimum = 0, maximum = 1000, example = 2)]
    pub received: i64,
    /// The number of rows that were created.
    #[schema(minimum = 0, maximum = 1000, example = 1)]
    pub created: i64,
    /// The number of rows that were updated.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub updated: i64,
    /// The number of rows that were deleted.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub deleted: i64,
    /// The number of lines that changed nothing. The row already had this content, or the row to
    /// delete did not exist.
    #[schema(minimum = 0, maximum = 1000, example = 1)]
    pub unchanged: i64,
    /// The number of lines that were not applied because the database already has newer data.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub stale: i64,
    /// The number of lines that failed, each with field errors.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub failed: i64,
    /// The number of lines that were not applied because other lines failed.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub not_applied: i64,
    /// The meetings whose registers were closed by this request.
    #[schema(max_items = 1000)]
    pub registers_closed: Vec<Uuid>,
    /// The result of each line, in the order of the request.
    #[schema(max_items = 1000)]
    pub results: Vec<BulkLineResult>,
}

/// The result of one line of a bulk request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkLineResult {
    /// The index of the line in the request, from 0. In CSV, the index counts all rows below the
    /// header, including rows of empty cells.
    #[schema(minimum = 0, maximum = 100_000_000, example = 0)]
    pub index: i64,
    /// The client's own reference for the line.
    #[schema(example = "row 17")]
    pub client_ref: Option<ShortText>,
    /// What happened to the line.
    pub status: BulkStatus,
    /// The id of the row. Null if there is no row, and for a row that would be created if the
    /// request were not a validation.
    pub id: Option<Uuid>,
    /// The current version of the row.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// All field errors of the line.
    #[schema(max_items = 50)]
    pub errors: Vec<FieldError>,
}

/// Maximum number of field errors that the response lists for one line of the request.
const MAX_ERRORS: usize = 50;

impl BulkResult {
    /// Creates the result of a bulk request from the parsed lines and the outcomes of the applied
    /// lines.
    pub(super) fn new<L>(
        mode: BulkMode,
        atomic: bool,
        lines: &[ParsedLine<L>],
        applied: Applied,
    ) -> Result<Self, db::Error> {
        let mut outcomes = applied.outcomes.into_iter();
        let outcome = |line: &ParsedLine<L>| match &line.line {
            Ok(_) => outcomes.next(),
            Err(field_errors) => Some(LineOutcome::failed(field_errors.clone())),
        };
        let outcomes: Option<Vec<LineOutcome>> = lines.iter().map(outcome).collect();
        let outcomes = outcomes.ok_or_else(|| db::Error::Internal("a valid line has no outcome".into()))?;
        let is_refused = atomic && outcomes.iter().any(LineOutcome::has_failed);
        let lines = lines.iter().zip(outcomes);
        let results: Vec<BulkLineResult> = lines
            .map(|(line, outcome)| result(line.index, line.client_ref.clone(), outcome, is_refused, mode))
            .collect();
        let count = |status| count(&results, status);
        Ok(Self {
            mode,
            atomic,
            received: i64::try_from(results.len()).unwrap_or(i64::MAX),
            created: count(BulkStatus::Created),
            updated: count(BulkStatus::Updated),
            deleted: count(BulkStatus::Deleted),
            unchanged: count(BulkStatus::Unchanged),
            stale: count(BulkStatus::Stale),
            failed: count(BulkStatus::Failed),
            not_applied: count(BulkStatus::NotApplied),
            registers_closed: if is_refused { Vec::new() } else { applied.registers_closed },
            results,
        })
    }

    pub(super) fn has_failed_whole(&self) -> bool {
        self.failed == self.received
    }

    pub(super) fn is_refused(&self) -> bool {
        self.atomic && self.failed > 0
    }
}

fn count(results: &[BulkLineResult], status: BulkStatus) -> i64 {
    i64::try_from(results.iter().filter(|line| line.status == status).count()).unwrap_or(i64::MAX)
}

fn result(
    index: usize,
    client_ref: Option<ShortText>,
    outcome: LineOutcome,
    is_refused: bool,
    mode: BulkMode,
) -> BulkLineResult {
    let LineOutcome { status, id, version } = outcome;
    let errors = match &status {
        LineStatus::Failed(field_errors) => errors(index, field_errors),
        _ => Vec::new(),
    };
    let status = match status {
        LineStatus::Failed(_) => BulkStatus::Failed,
        _ if is_refused => BulkStatus::NotApplied,
        LineStatus::Created => BulkStatus::Created,
        LineStatus::Updated => BulkStatus::Updated,
        LineStatus::Deleted => BulkStatus::Deleted,
        LineStatus::Unchanged => BulkStatus::Unchanged,
        LineStatus::Stale => BulkStatus::Stale,
    };
    // A version that is rolled back does not exist, so the result omits the version.
    let is_written = mode == BulkMode::Commit && !is_refused;
    let shown = is_written || matches!(status, BulkStatus::Unchanged | BulkStatus::Stale);
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let (id, version) = if shown { (id, version) } else { (None, None) };
    BulkLineResult { index, client_ref, status, id, version, errors }
}

/// Converts the JSON pointers of field errors. The given pointers are relative to a line, and the
/// returned pointers are relative to the request.
fn errors(index: usize, field_errors: &[FieldError]) -> Vec<FieldError> {
    let within = format!("/lines/{index}");
    field_errors.iter().take(MAX_ERRORS).map(|field_error| field_error.clone().within(&within)).collect()
}
