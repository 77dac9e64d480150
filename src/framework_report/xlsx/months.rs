//! The sheet of months, with a row for each month in which a target has a figure.

use std::collections::HashSet;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::Piece;
use super::grid::{self, Column};
use crate::framework_report::view::{ActionPart, Document, TargetRow};
use crate::framework_report::words;

/// The columns with their widths, in characters.
const COLUMNS: [Column<'_>; 7] = [
    Column::of_texts("Ref", 8),
    Column::of_texts("Target", 58),
    Column::of_texts("Counted as", 12),
    Column::of_numbers("Month", 12),
    Column::of_numbers("Figure", 14),
    Column::of_texts("RAG", 16),
    Column::of_texts("Code", 24),
];

/// Writes the sheet.
pub(super) fn write(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let outcomes = document.themes.iter().flat_map(|theme| &theme.outcomes);
    let actions = outcomes.flat_map(|outcome| &outcome.actions);
    let targets = actions.flat_map(|action| action.targets.iter().map(move |target| (action, target)));
    let mut told = HashSet::new();
    let rows: Vec<Vec<Piece>> = targets
        .filter(|(_, target)| told.insert(target.code.as_str()))
        .flat_map(|(action, target)| of_target(action, target))
        .collect();
    grid::write(sheet, ("Months", "Each target's figure at the end of each month"), &COLUMNS, &rows)
}

fn of_target<'d>(
    action: &'d ActionPart,
    target: &'d TargetRow,
) -> impl Iterator<Item = Vec<Piece>> + use<'d> {
    target.trend.readings.iter().map(move |reading| {
        vec![
            Piece::text(action.reference.as_str()),
            Piece::text(target.title.as_str()),
            Piece::text(target.counted_as()),
            Piece::Month(reading.from),
            Piece::Amount(reading.amount),
            Piece::Badge(words::badge(Some(reading.status))),
            Piece::text(target.code.as_str()),
        ]
    })
}
