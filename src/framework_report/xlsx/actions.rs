//! The sheet `Actions`: a row for each action, with narratives and the dates of meetings.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::CellContent;
use super::table::{Column, write_sheet};
use crate::framework_report::content::{ActionSection, Document, Remark};

const COLUMNS: [Column<'_>; 7] = [
    Column::text("Ref", 7),
    Column::text("Action", 26),
    Column::text("Ongoing performance", 72),
    Column::text("Meetings held", 28),
    Column::text("Cancelled", 14),
    Column::text("Not reported yet", 14),
    Column::text("Planned", 14),
];

pub(super) fn write_actions(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let rows: Vec<Vec<CellContent>> = document.actions().map(action_row).collect();
    write_sheet(sheet, ("Actions", "Each action with its ongoing performance"), &COLUMNS, &rows)
}

fn action_row(action: &ActionSection) -> Vec<CellContent> {
    let narratives: Vec<String> = action.narratives.iter().map(Remark::line).collect();
    let meetings = &action.meetings;
    vec![
        CellContent::text(action.reference.as_str()),
        CellContent::Bold(action.title.clone()),
        CellContent::lines(&narratives),
        CellContent::lines(&meetings.held),
        CellContent::lines(&meetings.cancelled),
        CellContent::lines(&meetings.unreported),
        CellContent::lines(&meetings.planned),
    ]
}
