//! The summary sheet: the title, the counts of targets, the attendance of councils, and the basis
//! of the figures.

use rust_xlsxwriter::{Chart, Format, Table, Worksheet, XlsxError};

use super::cells::{self, Piece};
use super::grid::{self, Column};
use super::{pictures, styles};
use crate::framework_report::view::{Amount, Document, StatusCount};
use crate::framework_report::words;

/// The widths of the columns, in characters: a name, then numbers.
const WIDTHS: [u16; 10] = [48, 20, 11, 11, 11, 11, 11, 13, 13, 11];

/// The index of the last column.
const LAST: u16 = 9;

/// The number of characters in a line across the page, in small print and in the title.
const ROOM: (usize, usize) = (140, 65);

/// The index of the column of the first status.
const STATUSES: u16 = 2;

/// The default height of a row, in pixels.
const ROW: u32 = 20;

/// The sheet and the next empty row.
struct Page<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
}

/// Writes the sheet.
pub(super) fn write(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    let mut page = Page { sheet, row: 0 };
    page.head(document)?;
    page.by_theme(document)?;
    page.directions(document)?;
    page.overdue(document)?;
    let attendance = page.row;
    page.attendance(document)?;
    page.reading(document)?;
    sheet.set_freeze_panes(1, 0)?.set_page_breaks(&[attendance])?;
    Ok(())
}

impl Page<'_> {
    fn head(&mut self, document: &Document) -> Result<(), XlsxError> {
        let title = document.full_title();
        let lines = cells::lines(&title, ROOM.1);
        self.across(&title, &styles::title(), 2 * lines)?;
        if let Some(warning) = &document.warning {
            self.sentence(warning, &styles::warning())?;
        }
        self.named("Outturn at", Piece::Amount(Amount::Day(document.day)))?;
        self.named("Plan year", Piece::Nothing)?;
        cells::text(self.sheet, (self.row - 1, 1), &document.period, &styles::line())?;
        self.named("Stated targets", Piece::Whole(document.stated))?;
        self.named("Provisional, of the stated targets", Piece::Whole(document.provisional))?;
        self.named("Implied by the wording of actions, not counted here", Piece::Whole(document.implied))?;
        self.row += 1;
        Ok(())
    }

    fn by_theme(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.heading("Status by theme")?;
        let names = document.statuses.iter().map(|status| status.badge.word);
        let rows = document.by_theme.len();
        self.table("Themes", rows, ["Theme", "Worst"], names.chain(["Targets"]))?;
        let first = self.row;
        for theme in &document.by_theme {
            let named = [Piece::text(theme.title.as_str()), Piece::Worst(theme.worst)];
            self.line(named.into_iter().chain(counts(&theme.counts, theme.targets)))?;
        }
        let last = self.row.saturating_sub(1);
        let all = [Piece::Strong("All themes".to_owned()), Piece::Nothing];
        self.line(all.into_iter().chain(counts(&document.statuses, document.stated)))?;
        self.row += 1;
        if document.stated > 0 {
            let themes = u32::try_from(document.by_theme.len()).unwrap_or_default();
            self.chart(pictures::statuses(document, (first, last), STATUSES), (3 * themes).div_ceil(2) + 5)?;
        }
        Ok(())
    }

    fn directions(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.heading("Direction of travel")?;
        let ways = ["Better", "Same", "Worse", "Nothing to compare"];
        self.table("Directions", document.directions.len(), ["Stated targets, against"], ways)?;
        for line in &document.directions {
            let counts = [line.improved, line.same, line.declined, line.none];
            self.line(std::iter::once(Piece::text(line.against)).chain(counts.map(Piece::Whole)))?;
        }
        self.row += 1;
        Ok(())
    }

    fn overdue(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.heading("Due and missing, by owner")?;
        if document.overdue.is_empty() {
            return self.sentence(words::NOTHING_MISSING, &styles::sentence());
        }
        cells::head(self.sheet, self.row, ["Owner"], ["Targets"])?;
        let head = styles::head().set_indent(1);
        cells::text(self.sheet, (self.row, 2), "Missing", &head)?;
        for column in 3..=LAST {
            self.sheet.write_blank(self.row, column, &head)?;
        }
        self.row += 1;
        for debt in &document.overdue {
            let targets = i64::try_from(debt.targets).unwrap_or(i64::MAX);
            self.line([Piece::text(debt.owner.as_str()), Piece::Whole(targets)].into_iter())?;
            cells::text(self.sheet, (self.row - 1, 2), &debt.missing, &styles::line())?;
        }
        self.row += 1;
        Ok(())
    }

    fn attendance(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.heading("Attendance by council")?;
        self.sentence(&document.about_attendance, &styles::aside())?;
        if document.attendance.is_empty() {
            return Ok(());
        }
        const PICTURE: u32 = 27;
        let picture = self.row;
        self.row += PICTURE;
        let names = ["Attended", "Expected", "Attendance"];
        self.table("Attendance", document.attendance.len(), ["Council"], names)?;
        let first = self.row;
        for council in &document.attendance {
            let share = council.share.map(|share| Amount::Percent(share.0.0));
            let counts = [council.attended, council.expected].map(Piece::Whole);
            let named = [Piece::text(council.name.as_str())].into_iter();
            self.line(named.chain(counts).chain([Piece::amount(share)]))?;
        }
        let behind = self.row + 1;
        self.row = picture;
        self.chart(pictures::attendance((first, behind - 2), 3), PICTURE)?;
        self.row = behind;
        Ok(())
    }

    fn reading(&mut self, document: &Document) -> Result<(), XlsxError> {
        self.heading("How to read this")?;
        for (word, meaning) in words::HOW_TO_READ {
            self.sentence(&format!("{word}: {meaning}"), &styles::sentence())?;
        }
        self.row += 1;
        self.heading("Basis of the figures")?;
        document.basis.iter().try_for_each(|line| self.sentence(line, &styles::sentence()))
    }

    fn heading(&mut self, text: &str) -> Result<(), XlsxError> {
        cells::text(self.sheet, (self.row, 0), text, &styles::heading())?;
        self.row += 1;
        Ok(())
    }

    /// Writes the head of an Excel table with this name, above this number of rows.
    fn table<'n>(
        &mut self,
        name: &str,
        rows: usize,
        texts: impl IntoIterator<Item = &'n str>,
        numbers: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), XlsxError> {
        let columns: Vec<Column<'_>> = texts
            .into_iter()
            .map(|name| Column::of_texts(name, 0))
            .chain(numbers.into_iter().map(|name| Column::of_numbers(name, 0)))
            .collect();
        let table = Table::new().set_name(name).set_autofilter(false);
        grid::table(self.sheet, self.row, rows, &columns, table)?;
        cells::set_lines(self.sheet, self.row, 2)?;
        self.row += 1;
        Ok(())
    }

    /// Writes a row of a table.
    fn line(&mut self, pieces: impl Iterator<Item = Piece>) -> Result<(), XlsxError> {
        let mut most = 1;
        for ((column, width), piece) in (0..).zip(WIDTHS).zip(pieces) {
            cells::put(self.sheet, (self.row, column), &piece)?;
            most = most.max(piece.lines_at(usize::from(width)));
        }
        cells::set_lines(self.sheet, self.row, most)?;
        self.row += 1;
        Ok(())
    }

    /// Writes a name and its value.
    fn named(&mut self, name: &str, piece: Piece) -> Result<(), XlsxError> {
        self.line([Piece::text(name), piece].into_iter())
    }

    /// Writes a text in small print across the page.
    fn sentence(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.across(text, format, cells::lines(text, ROOM.0))
    }

    /// Writes a text across the page with the height of this number of lines.
    fn across(&mut self, text: &str, format: &Format, lines: u32) -> Result<(), XlsxError> {
        self.sheet.merge_range(self.row, 0, self.row, LAST, "", format)?;
        cells::text(self.sheet, (self.row, 0), text, format)?;
        cells::set_lines(self.sheet, self.row, lines)?;
        self.row += 1;
        Ok(())
    }

    /// Inserts a chart with the width of the page and the height of this number of rows. The last
    /// row stays empty.
    fn chart(&mut self, mut chart: Chart, rows: u32) -> Result<(), XlsxError> {
        chart.set_width(1_120).set_height((rows - 1) * ROW);
        self.sheet.insert_chart(self.row, 0, &chart)?;
        self.row += rows;
        Ok(())
    }
}

fn counts(counts: &[StatusCount], all: i64) -> impl Iterator<Item = Piece> {
    counts.iter().map(|status| status.count).chain([all]).map(Piece::Whole)
}
