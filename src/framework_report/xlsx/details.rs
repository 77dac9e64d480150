//! The sheet of details: the agreed terms, decisions and claims of each target, in words.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::Piece;
use super::grid::{self, Column};
use super::places::{RowContext, places};
use crate::framework_report::view::{Document, Remark, TargetRow};
use crate::framework_report::words;

/// The columns with their widths, in characters. Together they fit on the width of a page.
const COLUMNS: [Column<'_>; 10] = [
    Column::of_texts("Outcome", 18),
    Column::of_texts("Ref", 7),
    Column::of_texts("Action", 18),
    Column::of_texts("Target", 19),
    Column::of_texts("Monitoring", 13),
    Column::of_texts("Held to", 17),
    Column::of_texts("Outturn in words", 18),
    Column::of_texts("Decisions", 22),
    Column::of_texts("Claimed, as printed", 30),
    Column::of_texts("Code", 13),
];

/// Writes the sheet.
pub(super) fn write(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let rows: Vec<Vec<Piece>> = places(document).into_iter().map(pieces).collect();
    let about = "What the plan and people say about each target, in the order of the document";
    grid::write(sheet, ("Details", about), &COLUMNS, &rows)
}

fn pieces(place: RowContext<'_>) -> Vec<Piece> {
    let stands = [place.outcome, place.reference(), place.action_title()].into_iter().map(Piece::text);
    match place.target {
        Some(target) => stands.chain(of_target(target)).collect(),
        None => stands.chain([Piece::text(words::NO_TARGET)]).collect(),
    }
}

fn of_target(target: &TargetRow) -> [Piece; 7] {
    let outturn = std::iter::once(&target.value).chain(&target.parts).chain(&target.basis);
    let (claims, decisions): (Vec<&Remark>, Vec<&Remark>) =
        target.remarks.iter().partition(|remark| remark.is_claim);
    [
        Piece::Strong(target.title.clone()),
        Piece::lines(&target.monitoring),
        Piece::lines(&target.promise),
        Piece::lines(&outturn.cloned().collect::<Vec<_>>()),
        Piece::lines(&said(&decisions)),
        Piece::claims(&said(&claims)),
        Piece::text(target.code.as_str()),
    ]
}

fn said(remarks: &[&Remark]) -> Vec<String> {
    remarks.iter().map(|remark| remark.line()).collect()
}
