//! The sheet of targets: a row with the figures of each target, in the order of the document.

use std::collections::HashSet;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::Piece;
use super::grid::{self, Column};
use super::places::{RowContext, places};
use crate::framework_report::view::{Document, TargetRow, Way};
use crate::framework_report::words;

/// The columns with their widths, in characters. Together they fit on the width of a page.
const COLUMNS: [Column<'_>; 14] = [
    Column::of_texts("Theme", 13),
    Column::of_texts("Ref", 7),
    Column::of_texts("Target", 24),
    Column::of_texts("Counted as", 10),
    Column::of_texts("Owner", 10),
    Column::of_numbers("Threshold", 12),
    Column::of_numbers("Outturn", 12),
    Column::of_numbers("Numerator", 12),
    Column::of_numbers("Denominator", 13),
    Column::of_texts("RAG", 11),
    Column::of_texts("Why", 13),
    Column::of_texts("Provisional", 13),
    Column::of_texts("Direction", 12),
    Column::of_texts("Code", 13),
];

/// Writes the sheet.
pub(super) fn write(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let mut counted = HashSet::new();
    let rows = places(document).into_iter().map(|place| {
        let is_first = place.target.is_none_or(|target| counted.insert(target.code.as_str()));
        pieces(place, is_first)
    });
    let about = "Each target with its figures, in the order of the document";
    grid::write(sheet, ("Targets", about), &COLUMNS, &rows.collect::<Vec<_>>())
}

fn pieces(place: RowContext<'_>, is_first: bool) -> Vec<Piece> {
    let stands = [place.theme, place.reference()].into_iter().map(Piece::text);
    match place.target {
        Some(target) => stands.chain(promised(target, is_first)).chain(reached(target)).collect(),
        None => stands.chain([Piece::text(words::NO_TARGET)]).collect(),
    }
}

/// Returns the cells of the agreed terms. A joint target is counted once: a filter on the column
/// `Counted as` gives the counts of the summary.
fn promised(target: &TargetRow, is_first: bool) -> [Piece; 4] {
    let word = target.counted_as();
    let counted = if is_first { word.to_owned() } else { format!("{word}, counted above") };
    [
        Piece::Strong(target.title.clone()),
        Piece::text(counted),
        Piece::text(target.owner.as_deref().unwrap_or_default()),
        Piece::amount(target.amounts.threshold),
    ]
}

/// Returns the cells of the outturn and the status.
fn reached(target: &TargetRow) -> [Piece; 8] {
    let amounts = &target.amounts;
    let ways: Vec<String> = target.directions.iter().map(Way::line).collect();
    [
        Piece::amount(amounts.value),
        Piece::whole(amounts.numerator),
        Piece::whole(amounts.denominator),
        Piece::Badge(target.badge),
        Piece::text(target.reason.as_str()),
        Piece::text(target.still_to_come().unwrap_or_default()),
        Piece::lines(&ways),
        Piece::text(target.code.as_str()),
    ]
}
