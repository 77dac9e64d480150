//! What a bulk request is answered: what became of each line, in the order sent, and counts that add up.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::batch::Read;
use crate::db::bulk::{Applied, Outcome, Verdict};
use crate::values::{Fault, Line, text_enum};

text_enum! {
    /// Whether a bulk request writes.
    pub enum BulkMode {
        /// Every check runs, and nothing is written.
        Validate = "validate",
        /// What can be applied is written.
        Commit = "commit",
    }
}

text_enum! {
    /// What became of a line.
    pub enum BulkStatus {
        /// Its row was made.
        Created = "created",
        /// Its row says something else now.
        Updated = "updated",
        /// Its row is gone.
        Deleted = "deleted",
        /// Its row says so already; or it was to go, and is not there.
        Unchanged = "unchanged",
        /// Something newer stands: it was not applied.
        Stale = "stale",
        /// It cannot be applied; `errors` says why.
        Failed = "failed",
        /// Another line failed, and the request was to be applied whole or not at all.
        NotApplied = "not_applied",
    }
}

/// What became of a bulk request.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "mode": "commit", "atomic": false, "received": 2, "created": 1, "updated": 0, "deleted": 0, "unchanged": 0,
    "stale": 0, "failed": 1, "not_applied": 0, "registers_closed": [],
    "results": [
        { "index": 0, "client_ref": "row 17", "status": "created", "id": "0198c5b0-0000-7000-8000-000000000005", "version": 1, "errors": [] },
        { "index": 1, "client_ref": "row 18", "status": "failed", "id": null, "version": null, "errors": [
            { "pointer": "#/lines/1/role", "parameter": null, "header": null, "code": "unknown_reference", "detail": "No seat has this role at this meeting, or you may not see it.", "pattern": null }
        ] }
    ]
}))]
pub struct BulkResult {
    /// Whether it was to be written.
    pub mode: BulkMode,
    /// Whether it was to be applied whole or not at all.
    pub atomic: bool,
    /// How many lines were sent; the other counts add up to it.
    #[schema(minimum = 0, maximum = 1000, example = 2)]
    pub received: i64,
    /// How many rows were made.
    #[schema(minimum = 0, maximum = 1000, example = 1)]
    pub created: i64,
    /// How many rows say something else now.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub updated: i64,
    /// How many rows are gone.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub deleted: i64,
    /// How many rows said so already.
    #[schema(minimum = 0, maximum = 1000, example = 1)]
    pub unchanged: i64,
    /// How many lines were older than what stands.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub stale: i64,
    /// How many lines failed.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub failed: i64,
    /// How many lines were not applied because others failed.
    #[schema(minimum = 0, maximum = 1000, example = 0)]
    pub not_applied: i64,
    /// The meetings whose registers were closed.
    #[schema(max_items = 1000)]
    pub registers_closed: Vec<Uuid>,
    /// What became of each line, in the order sent.
    #[schema(max_items = 1000)]
    pub results: Vec<BulkLineResult>,
}

/// What became of one line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkLineResult {
    /// The line's place in the request, from 0; in CSV the place of its row below the header, rows of empty cells
    /// included.
    #[schema(minimum = 0, maximum = 100_000_000, example = 0)]
    pub index: i64,
    /// The sender's own reference of the line.
    #[schema(example = "row 17")]
    pub client_ref: Option<Line>,
    /// What became of it.
    pub status: BulkStatus,
    /// Its row; null where there is none, and for one that a validation would make.
    pub id: Option<Uuid>,
    /// The row's version now.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// Everything that is wrong with it.
    #[schema(max_items = 50)]
    pub errors: Vec<Fault>,
}

/// The most faults that are listed of one line.
const MOST: usize = 50;

impl BulkResult {
    /// Puts the answer together: what was read, and what was made of it.
    pub(super) fn new<L>(mode: BulkMode, atomic: bool, read: &[Read<L>], applied: Applied) -> Self {
        let mut outcomes = applied.outcomes.into_iter();
        let outcome = |line: &Read<L>| match &line.line {
            Ok(_) => outcomes.next().unwrap_or_else(|| Outcome::failed(Vec::new())),
            Err(faults) => Outcome::failed(faults.clone()),
        };
        let outcomes: Vec<Outcome> = read.iter().map(outcome).collect();
        let is_refused = atomic && outcomes.iter().any(|o| matches!(o.verdict, Verdict::Failed(_)));
        let lines = read.iter().zip(outcomes);
        let results: Vec<BulkLineResult> = lines
            .map(|(line, outcome)| result(line.index, line.client_ref.clone(), outcome, is_refused, mode))
            .collect();
        let count = |status| count(&results, status);
        Self {
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
        }
    }

    /// Whether every line failed, so that the request had no effect at all.
    pub(super) fn has_failed_whole(&self) -> bool {
        self.failed == self.received
    }

    /// Whether it was to be applied whole, and was not.
    pub(super) fn is_refused(&self) -> bool {
        self.atomic && self.failed > 0
    }
}

fn count(results: &[BulkLineResult], status: BulkStatus) -> i64 {
    i64::try_from(results.iter().filter(|line| line.status == status).count()).unwrap_or(i64::MAX)
}

fn result(
    index: usize,
    client_ref: Option<Line>,
    outcome: Outcome,
    is_refused: bool,
    mode: BulkMode,
) -> BulkLineResult {
    let Outcome { verdict, id, version } = outcome;
    let errors = match &verdict {
        Verdict::Failed(faults) => errors(index, faults),
        _ => Vec::new(),
    };
    let status = match verdict {
        Verdict::Failed(_) => BulkStatus::Failed,
        _ if is_refused => BulkStatus::NotApplied,
        Verdict::Created => BulkStatus::Created,
        Verdict::Updated => BulkStatus::Updated,
        Verdict::Deleted => BulkStatus::Deleted,
        Verdict::Unchanged => BulkStatus::Unchanged,
        Verdict::Stale => BulkStatus::Stale,
    };
    // A version that was never written is nobody's.
    let is_written = mode == BulkMode::Commit && !is_refused;
    let shown = is_written || matches!(status, BulkStatus::Unchanged | BulkStatus::Stale);
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let (id, version) = if shown { (id, version) } else { (None, None) };
    BulkLineResult { index, client_ref, status, id, version, errors }
}

/// A line's faults, with pointers into the whole request.
fn errors(index: usize, faults: &[Fault]) -> Vec<Fault> {
    let within = format!("/lines/{index}");
    faults.iter().take(MOST).map(|fault| fault.clone().within(&within)).collect()
}
