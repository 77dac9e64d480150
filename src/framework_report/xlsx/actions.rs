//! The sheet of actions, with their narratives and the dates of their meetings.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::Piece;
use super::grid::{self, Column};
use crate::framework_report::view::{ActionPart, Document, Remark};

/// The columns with their widths, in characters.
const COLUMNS: [Column<'_>; 7] = [
    Column::of_texts("Ref", 7),
    Column::of_texts("Action", 26),
    Column::of_texts("Ongoing performance", 72),
    Column::of_texts("Meetings held", 28),
    Column::of_texts("Cancelled", 14),
    Column::of_texts("Not reported yet", 14),
    Column::of_texts("Planned", 14),
];

/// Writes the sheet.
pub(super) fn write(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let outcomes = document.themes.iter().flat_map(|theme| &theme.outcomes);
    let rows: Vec<Vec<Piece>> = outcomes.flat_map(|outcome| &outcome.actions).map(row).collect();
    grid::write(sheet, ("Actions", "Each action with its ongoing performance"), &COLUMNS, &rows)
}

fn row(action: &ActionPart) -> Vec<Piece> {
    let told: Vec<String> = action.told.iter().map(Remark::line).collect();
    let meetings = &action.meetings;
    vec![
        Piece::text(action.reference.as_str()),
        Piece::Strong(action.title.clone()),
        Piece::lines(&told),
        Piece::lines(&meetings.held),
        Piece::lines(&meetings.cancelled),
        Piece::lines(&meetings.unreported),
        Piece::lines(&meetings.planned),
    ]
}
