//! The sheet `Summary`: the title, the counts of targets, the councils' attendance, and the basis
//! of the figures.

use rust_xlsxwriter::{Chart, Format, Table, Worksheet, XlsxError};

use super::cells::{self, CellContent};
use super::table::{Column, add_table};
use super::{charts, styles};
use crate::framework_report::content::{Amount, Document, StatusCount};
use crate::framework_report::explanations;

/// The widths of the sheet's columns, in characters. The first column contains names.
const WIDTHS: [u16; 10] = [48, 20, 11, 11, 11, 11, 11, 13, 13, 11];

const LAST_COLUMN: u16 = 9;

/// The number of characters in a line across the page: in small print, and in the size of the
/// title.
const LINE_WIDTH: usize = 140;
const TITLE_WIDTH: usize = 65;

const FIRST_STATUS_COLUMN: u16 = 2;

/// The default height of a row, in pixels.
const ROW_HEIGHT: u32 = 20;

/// Appends rows to the sheet. `row` is the number of the next empty row.
struct SheetWriter<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
}

pub(super) fn write_summary(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    let mut writer = SheetWriter { sheet, row: 0 };
    writer.write_title(document)?;
    writer.write_themes(document)?;
    writer.write_directions(document)?;
    writer.write_overdue(document)?;
    let attendance = writer.row;
    writer.write_attendance(document)?;
    writer.write_explanations(document)?;
    sheet.set_freeze_panes(1, 0)?.set_page_breaks(&[attendance])?;
    Ok(())
}

impl SheetWriter<'_> {
    fn write_title(&mut self, document: &Document) -> Result<(), XlsxError> {
        let title = document.full_title();
        let lines = cells::count_lines(&title, TITLE_WIDTH);
        self.write_across(&title, &styles::title(), 2 * lines)?;
        if let Some(warning) = &document.warning {
            self.write_sentence(warning, &styles::warning())?;
        }
        self.write_pair("Outturn at", CellContent::Amount(Amount::Day(document.day)))?;
        self.write_pair("Plan period", CellContent::Empty)?;
        cells::write_text(self.sheet, (self.row - 1, 1), &document.period, &styles::overflowing_text())?;
        self.write_pair("Stated targets", CellContent::Count(document.stated_targets))?;
        self.write_pair(
            "Provisional, of the stated targets",
            CellContent::Count(document.provisional_targets),
        )?;
        self.write_pair(
            "Implied by the wording of actions, left out of the counts by status and direction",
            CellContent::Count(document.implied_targets),
        )?;
        self.row += 1;
        Ok(())
    }

    fn write_themes(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.write_heading("Status by theme")?;
        let names = document.statuses.iter().map(|status| status.badge.word);
        let rows = document.by_theme.len();
        self.add_table("Themes", rows, ["Theme", "Worst"], names.chain(["Targets"]))?;
        let first = self.row;
        for theme in &document.by_theme {
            let named = [CellContent::text(theme.title.as_str()), CellContent::Worst(theme.worst)];
            self.write_row(named.into_iter().chain(counts(&theme.counts, theme.targets)))?;
        }
        let last = self.row.saturating_sub(1);
        let all = [CellContent::Bold("All themes".to_owned()), CellContent::Empty];
        self.write_row(all.into_iter().chain(counts(&document.statuses, document.stated_targets)))?;
        self.row += 1;
        if document.stated_targets > 0 {
            let themes = u32::try_from(document.by_theme.len()).unwrap_or_default();
            self.insert_chart(
                charts::status_chart(document, (first, last), FIRST_STATUS_COLUMN),
                (3 * themes).div_ceil(2) + 5,
            )?;
        }
        Ok(())
    }

    fn write_directions(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.write_heading("Direction of travel")?;
        let directions = ["Better", "Same", "Worse", "Nothing to compare"];
        self.add_table("Directions", document.directions.len(), ["Stated targets, against"], directions)?;
        for line in &document.directions {
            let counts = [line.improved, line.same, line.declined, line.not_comparable];
            self.write_row(
                std::iter::once(CellContent::text(line.compared_with)).chain(counts.map(CellContent::Count)),
            )?;
        }
        self.row += 1;
        Ok(())
    }

    fn write_overdue(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.write_heading("Due and missing, by owner")?;
        if document.overdue.is_empty() {
            return self.write_sentence(explanations::NOTHING_MISSING, &styles::sentence());
        }
        cells::write_text(self.sheet, (self.row, 0), "Owner", &styles::header())?;
        cells::write_text(self.sheet, (self.row, 1), "Targets", &styles::number_header())?;
        let header = styles::header().set_indent(1);
        cells::write_text(self.sheet, (self.row, 2), "Missing", &header)?;
        for column in 3..=LAST_COLUMN {
            self.sheet.write_blank(self.row, column, &header)?;
        }
        self.row += 1;
        for overdue in &document.overdue {
            let targets = i64::try_from(overdue.targets).unwrap_or(i64::MAX);
            self.write_row(
                [CellContent::text(overdue.owner.as_str()), CellContent::Count(targets)].into_iter(),
            )?;
            cells::write_text(
                self.sheet,
                (self.row - 1, 2),
                &overdue.missing_records,
                &styles::overflowing_text(),
            )?;
        }
        self.row += 1;
        Ok(())
    }

    fn write_attendance(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.write_heading("Attendance by council")?;
        self.write_sentence(&document.attendance_note, &styles::explanation())?;
        if document.attendance.is_empty() {
            return Ok(());
        }
        const CHART_ROWS: u32 = 27;
        let chart_row = self.row;
        self.row += CHART_ROWS;
        let names = ["Attended", "Expected", "Attendance"];
        self.add_table("Attendance", document.attendance.len(), ["Council"], names)?;
        let first = self.row;
        for council in &document.attendance {
            let percent = council.percent.map(|percent| Amount::Percent(percent.0.0));
            let counts = [council.attended, council.expected].map(CellContent::Count);
            let named = [CellContent::text(council.name.as_str())].into_iter();
            self.write_row(named.chain(counts).chain([CellContent::amount(percent)]))?;
        }
        let next_row = self.row + 1;
        self.row = chart_row;
        self.insert_chart(charts::attendance_chart((first, next_row - 2), 3), CHART_ROWS)?;
        self.row = next_row;
        Ok(())
    }

    fn write_explanations(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.write_heading("How to read this")?;
        for (word, meaning) in explanations::HOW_TO_READ {
            self.write_sentence(&format!("{word}: {meaning}"), &styles::sentence())?;
        }
        self.row += 1;
        self.write_heading("Basis of the figures")?;
        document.basis.iter().try_for_each(|line| self.write_sentence(line, &styles::sentence()))
    }

    fn write_heading(&mut self, text: &str) -> Result<(), XlsxError> {
        cells::write_text(self.sheet, (self.row, 0), text, &styles::heading())?;
        self.row += 1;
        Ok(())
    }

    /// Writes the header row of an Excel table that has this number of rows below the header.
    fn add_table<'n>(
        &mut self,
        name: &str,
        rows: usize,
        texts: impl IntoIterator<Item = &'n str>,
        numbers: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), XlsxError> {
        let columns: Vec<Column<'_>> = texts
            .into_iter()
            .map(|name| Column::text(name, 0))
            .chain(numbers.into_iter().map(|name| Column::number(name, 0)))
            .collect();
        let table = Table::new().set_name(name).set_autofilter(false);
        add_table(self.sheet, self.row, rows, &columns, table)?;
        cells::set_row_lines(self.sheet, self.row, 2)?;
        self.row += 1;
        Ok(())
    }

    fn write_row(&mut self, cells: impl Iterator<Item = CellContent>) -> Result<(), XlsxError> {
        cells::write_row(self.sheet, self.row, WIDTHS.into_iter().zip(cells))?;
        self.row += 1;
        Ok(())
    }

    fn write_pair(&mut self, name: &str, value: CellContent) -> Result<(), XlsxError> {
        self.write_row([CellContent::text(name), value].into_iter())
    }

    fn write_sentence(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.write_across(text, format, cells::count_lines(text, LINE_WIDTH))
    }

    /// Writes a text across the page, in a row that is as high as `lines` lines of text.
    fn write_across(&mut self, text: &str, format: &Format, lines: u32) -> Result<(), XlsxError> {
        self.sheet.merge_range(self.row, 0, self.row, LAST_COLUMN, "", format)?;
        cells::write_text(self.sheet, (self.row, 0), text, format)?;
        cells::set_row_lines(self.sheet, self.row, lines)?;
        self.row += 1;
        Ok(())
    }

    /// Inserts a chart that is as wide as the page. It is as high as this number of rows without
    /// the last, which stays empty.
    fn insert_chart(&mut self, mut chart: Chart, rows: u32) -> Result<(), XlsxError> {
        chart.set_width(1_120).set_height((rows - 1) * ROW_HEIGHT);
        self.sheet.insert_chart(self.row, 0, &chart)?;
        self.row += rows;
        Ok(())
    }
}

fn counts(counts: &[StatusCount], all: i64) -> impl Iterator<Item = CellContent> {
    counts.iter().map(|status| status.count).chain([all]).map(CellContent::Count)
}
