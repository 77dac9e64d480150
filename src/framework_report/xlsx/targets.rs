//! The sheet `Targets`: a row with figures for each target, in the order of the document.

use std::collections::HashSet;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::CellContent;
use super::plan_rows::{PlanRow, plan_rows};
use super::table::{Column, write_sheet};
use crate::framework_report::content::{Document, TargetRow, TravelDirection};
use crate::framework_report::explanations;

/// The columns of the sheet, with their widths in characters. All columns together fit on a page.
const COLUMNS: [Column<'_>; 14] = [
    Column::text("Theme", 13),
    Column::text("Ref", 7),
    Column::text("Target", 24),
    Column::text("Counted as", 10),
    Column::text("Owner", 10),
    Column::number("Threshold", 12),
    Column::number("Outturn", 12),
    Column::number("Numerator", 12),
    Column::number("Denominator", 13),
    Column::text("RAG", 11),
    Column::text("Why", 13),
    Column::text("Provisional", 13),
    Column::text("Direction", 12),
    Column::text("Code", 13),
];

pub(super) fn write_targets(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let mut counted = HashSet::new();
    let rows = plan_rows(document).into_iter().map(|row| {
        let is_first = row.target.is_none_or(|target| counted.insert(target.code.as_str()));
        cells(row, is_first)
    });
    let description = "Each target with its figures, in the order of the document";
    write_sheet(sheet, ("Targets", description), &COLUMNS, &rows.collect::<Vec<_>>())
}

fn cells(row: PlanRow<'_>, is_first: bool) -> Vec<CellContent> {
    let position = [row.theme, row.reference()].into_iter().map(CellContent::text);
    match row.target {
        Some(target) => position.chain(term_cells(target, is_first)).chain(outturn_cells(target)).collect(),
        None => position.chain([CellContent::text(explanations::NO_TARGET)]).collect(),
    }
}

/// Returns the cells about what the plan states for a target. Only the first row of a target counts
/// it, so that filtering the column `Counted as` gives the counts in the summary.
fn term_cells(target: &TargetRow, is_first: bool) -> [CellContent; 4] {
    let group = target.counted_as();
    let counted = if is_first { group.to_owned() } else { format!("{group}, counted above") };
    [
        CellContent::Bold(target.title.clone()),
        CellContent::text(counted),
        CellContent::text(target.owner.as_deref().unwrap_or_default()),
        CellContent::amount(target.amounts.threshold),
    ]
}

fn outturn_cells(target: &TargetRow) -> [CellContent; 8] {
    let amounts = &target.amounts;
    let directions: Vec<String> = target.directions.iter().map(TravelDirection::line).collect();
    [
        CellContent::amount(amounts.value),
        CellContent::count(amounts.numerator),
        CellContent::count(amounts.denominator),
        CellContent::Badge(target.badge),
        CellContent::text(target.reason.as_str()),
        CellContent::text(target.provisional_note().unwrap_or_default()),
        CellContent::lines(&directions),
        CellContent::text(target.code.as_str()),
    ]
}
