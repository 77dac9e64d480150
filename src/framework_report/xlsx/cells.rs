//! Writes cells of the workbook. Texts are always written as texts and never as formulas. Figures
//! are written as numbers.

use std::borrow::Borrow;

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::styles;
use crate::framework_report::content::{Amount, Badge, WorstStatus};
use crate::framework_report::text::replace_invalid_xml;
use crate::values::{Cell, ColumnKind, Day};
use crate::web::sheet;

/// The row and the column of a cell, each numbered from 0.
pub(super) type Position = (u32, u16);

pub(super) enum CellContent {
    Text(String),
    Bold(String),
    /// A figure that was printed somewhere and not derived. It is marked as a claim.
    Claim(String),
    Count(i64),
    Amount(Amount),
    Month(Day),
    Badge(Badge),
    Worst(WorstStatus),
    Empty,
}

impl CellContent {
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    pub(super) fn lines(lines: &[String]) -> Self {
        Self::text(lines.join("\n"))
    }

    pub(super) fn claims(lines: &[String]) -> Self {
        if lines.is_empty() { Self::Empty } else { Self::Claim(lines.join("\n")) }
    }

    pub(super) fn amount(amount: Option<Amount>) -> Self {
        amount.map_or(Self::Empty, Self::Amount)
    }

    pub(super) fn count(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Count)
    }

    /// Returns the number of lines that the cell's content needs in a column of this width. The
    /// width is a number of digits: most letters are narrower, but bold letters are not.
    pub(super) fn line_count(&self, width: usize) -> u32 {
        match self {
            Self::Text(text) | Self::Claim(text) => count_lines(text, width + width / 10),
            Self::Bold(text) => count_lines(text, width),
            Self::Badge(badge) => count_lines(badge.word, width),
            Self::Worst(worst) => count_lines(&worst.description(), width),
            Self::Count(_) | Self::Amount(_) | Self::Month(_) | Self::Empty => 1,
        }
    }
}

pub(super) fn write_cell(
    sheet: &mut Worksheet,
    position: Position,
    content: &CellContent,
) -> Result<(), XlsxError> {
    match content {
        CellContent::Text(text) => write_text(sheet, position, text, &styles::cell()),
        CellContent::Bold(text) => write_text(sheet, position, text, &styles::cell().set_bold()),
        CellContent::Claim(text) => write_text(sheet, position, text, &styles::claim()),
        CellContent::Count(count) => {
            write_number(sheet, position, &Amount::Count((*count).into()), &styles::count())
        }
        CellContent::Amount(amount) => write_number(sheet, position, amount, &styles::amount(amount)),
        CellContent::Month(day) => write_number(sheet, position, &Amount::Day(*day), &styles::month()),
        CellContent::Badge(badge) => write_text(sheet, position, badge.word, &styles::badge(badge)),
        // The cell is not filled if most of its targets have no figure.
        CellContent::Worst(worst) if worst.is_partial() => {
            write_text(sheet, position, &worst.description(), &styles::cell().set_bold())
        }
        CellContent::Worst(worst) => {
            write_text(sheet, position, &worst.description(), &styles::badge(&worst.badge))
        }
        CellContent::Empty => {
            sheet.write_blank(position.0, position.1, &styles::cell())?;
            Ok(())
        }
    }
}

/// Writes a row of a table, and sets its height. Each item of the row is the width of its column
/// and the content of its cell.
pub(super) fn write_row<C: Borrow<CellContent>>(
    sheet: &mut Worksheet,
    row: u32,
    cells: impl Iterator<Item = (u16, C)>,
) -> Result<(), XlsxError> {
    let mut lines = 1;
    for (column, (width, cell)) in (0..).zip(cells) {
        write_cell(sheet, (row, column), cell.borrow())?;
        lines = lines.max(cell.borrow().line_count(usize::from(width)));
    }
    set_row_lines(sheet, row, lines)
}

pub(super) fn write_text(
    sheet: &mut Worksheet,
    position: Position,
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    let lines: Vec<String> = text.lines().map(replace_invalid_xml).collect();
    sheet::put(sheet, position, ColumnKind::Text, format, &Cell::Text(lines.join("\n")))
}

pub(super) fn write_number(
    sheet: &mut Worksheet,
    position: Position,
    amount: &Amount,
    format: &Format,
) -> Result<(), XlsxError> {
    let (kind, cell) = match *amount {
        Amount::Percent(number) => (ColumnKind::Percentage, number.into()),
        Amount::Pence(number) => (ColumnKind::Decimal, (number / Decimal::ONE_HUNDRED).into()),
        Amount::Count(number) => (ColumnKind::Decimal, number.into()),
        Amount::Day(day) => (ColumnKind::Date, day.into()),
    };
    sheet::put(sheet, position, kind, format, &cell)
}

/// The height of one line of text, in points.
const LINE_HEIGHT: u32 = 13;

/// The maximum height of a row, in points.
const MAX_ROW_HEIGHT: u32 = 409;

/// Sets the height of a row for this number of lines of text. Some spreadsheet programs do not
/// adapt the height themselves.
pub(super) fn set_row_lines(sheet: &mut Worksheet, row: u32, lines: u32) -> Result<(), XlsxError> {
    sheet.set_row_height(row, lines.saturating_mul(LINE_HEIGHT).saturating_add(2).min(MAX_ROW_HEIGHT))?;
    Ok(())
}

/// Returns the number of lines of a text that is wrapped between words. `width` is a number of
/// characters.
pub(super) fn count_lines(text: &str, width: usize) -> u32 {
    let of_line = |line: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in line.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                (lines, used) = (lines + 1, 0);
            }
            used += length + usize::from(used > 0);
            lines += used.saturating_sub(1) / width;
            used -= used.saturating_sub(1) / width * width;
        }
        lines
    };
    u32::try_from(text.lines().map(of_line).sum::<usize>()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::count_lines;

    #[test]
    fn a_text_takes_as_many_lines_as_its_words_need() {
        assert_eq!(count_lines("one two", 7), 1);
        assert_eq!(count_lines("one two", 6), 2);
        assert_eq!(count_lines("one\n\ntwo", 7), 3);
        assert_eq!(count_lines("eighteen letters a", 4), 5);
        assert_eq!(count_lines("", 4), 0);
    }
}
