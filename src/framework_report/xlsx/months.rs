//! The sheet `Months`: a row for each month in which a target has a figure.

use std::collections::HashSet;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::CellContent;
use super::table::{Column, write_sheet};
use crate::framework_report::content::{ActionSection, Document, TargetRow};
use crate::framework_report::labels;

const COLUMNS: [Column<'_>; 7] = [
    Column::text("Ref", 8),
    Column::text("Target", 58),
    Column::text("Counted as", 12),
    Column::number("Month", 12),
    Column::number("Figure", 14),
    Column::text("RAG", 16),
    Column::text("Code", 24),
];

pub(super) fn write_months(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let targets =
        document.actions().flat_map(|action| action.targets.iter().map(move |target| (action, target)));
    let mut listed = HashSet::new();
    let rows: Vec<Vec<CellContent>> = targets
        .filter(|(_, target)| listed.insert(target.code.as_str()))
        .flat_map(|(action, target)| month_rows(action, target))
        .collect();
    write_sheet(sheet, ("Months", "Each target's figure at the end of each month"), &COLUMNS, &rows)
}

fn month_rows<'d>(
    action: &'d ActionSection,
    target: &'d TargetRow,
) -> impl Iterator<Item = Vec<CellContent>> + use<'d> {
    target.trend.months.iter().map(move |month| {
        vec![
            CellContent::text(action.reference.as_str()),
            CellContent::text(target.title.as_str()),
            CellContent::text(target.counted_as()),
            CellContent::Month(month.first_day),
            CellContent::Amount(month.amount),
            CellContent::Badge(labels::status_badge(Some(month.status))),
            CellContent::text(target.code.as_str()),
        ]
    })
}
