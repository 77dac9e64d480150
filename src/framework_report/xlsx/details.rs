//! The sheet `Details`: for each target, the threshold, baseline, decisions and claims as texts.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::CellContent;
use super::plan_rows::{PlanRow, plan_rows};
use super::table::{Column, write_sheet};
use crate::framework_report::content::{Document, Remark, TargetRow};
use crate::framework_report::explanations;

/// The columns of the sheet, with their widths in characters. All columns together fit on a page.
const COLUMNS: [Column<'_>; 10] = [
    Column::text("Outcome", 18),
    Column::text("Ref", 7),
    Column::text("Action", 18),
    Column::text("Target", 19),
    Column::text("Monitoring", 13),
    Column::text("Held to", 17),
    Column::text("Outturn in words", 18),
    Column::text("Decisions", 22),
    Column::text("Claimed, as printed", 30),
    Column::text("Code", 13),
];

pub(super) fn write_details(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let rows: Vec<Vec<CellContent>> = plan_rows(document).into_iter().map(cells).collect();
    let description = "The terms, decisions and claims of each target, in the order of the document";
    write_sheet(sheet, ("Details", description), &COLUMNS, &rows)
}

fn cells(row: PlanRow<'_>) -> Vec<CellContent> {
    let position = [row.outcome, row.reference(), row.action_title()].into_iter().map(CellContent::text);
    match row.target {
        Some(target) => position.chain(target_cells(target)).collect(),
        None => position.chain([CellContent::text(explanations::NO_TARGET)]).collect(),
    }
}

fn target_cells(target: &TargetRow) -> [CellContent; 7] {
    let outturn = std::iter::once(&target.value).chain(&target.value_note).chain(&target.completeness);
    let (claims, decisions): (Vec<&Remark>, Vec<&Remark>) =
        target.remarks.iter().partition(|remark| remark.is_claim);
    [
        CellContent::Bold(target.title.clone()),
        CellContent::lines(&target.monitoring),
        CellContent::lines(&target.terms),
        CellContent::lines(&outturn.cloned().collect::<Vec<_>>()),
        CellContent::lines(&remark_lines(&decisions)),
        CellContent::claims(&remark_lines(&claims)),
        CellContent::text(target.code.as_str()),
    ]
}

fn remark_lines(remarks: &[&Remark]) -> Vec<String> {
    remarks.iter().map(|remark| remark.line()).collect()
}
