//! Writes cells. Texts are always written as texts and figures as numbers.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::styles;
use crate::framework_report::view::{Amount, Badge, Worst};
use crate::framework_report::words;
use crate::values::{Cell, ColumnKind, Day};
use crate::web::sheet;

/// A row and a column.
pub(super) type At = (u32, u16);

/// The content of a table cell.
pub(super) enum Piece {
    Text(String),
    Strong(String),
    /// A claim, which is not derived.
    Claim(String),
    Whole(i64),
    Amount(Amount),
    Month(Day),
    Badge(Badge),
    Worst(Worst),
    Nothing,
}

impl Piece {
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }

    pub(super) fn lines(lines: &[String]) -> Self {
        Self::text(lines.join("\n"))
    }

    pub(super) fn claims(lines: &[String]) -> Self {
        if lines.is_empty() { Self::Nothing } else { Self::Claim(lines.join("\n")) }
    }

    pub(super) fn amount(amount: Option<Amount>) -> Self {
        amount.map_or(Self::Nothing, Self::Amount)
    }

    pub(super) fn whole(number: Option<i64>) -> Self {
        number.map_or(Self::Nothing, Self::Whole)
    }

    /// Returns the number of lines in a column with this width in digits. Most letters are narrower
    /// than digits, but bold ones are not.
    pub(super) fn lines_at(&self, width: usize) -> u32 {
        match self {
            Self::Text(text) | Self::Claim(text) => lines(text, width + width / 10),
            Self::Strong(text) => lines(text, width),
            Self::Badge(badge) => lines(badge.word, width),
            Self::Worst(worst) => lines(&worst.says(), width),
            Self::Whole(_) | Self::Amount(_) | Self::Month(_) | Self::Nothing => 1,
        }
    }
}

/// Writes a table cell.
pub(super) fn put(sheet: &mut Worksheet, at: At, piece: &Piece) -> Result<(), XlsxError> {
    match piece {
        Piece::Text(said) => text(sheet, at, said, &styles::cell()),
        Piece::Strong(said) => text(sheet, at, said, &styles::cell().set_bold()),
        Piece::Claim(said) => text(sheet, at, said, &styles::claim()),
        Piece::Whole(count) => number(sheet, at, &Amount::Count((*count).into()), &styles::whole()),
        Piece::Amount(amount) => number(sheet, at, amount, &styles::amount(amount)),
        Piece::Month(day) => number(sheet, at, &Amount::Day(*day), &styles::month()),
        Piece::Badge(badge) => text(sheet, at, badge.word, &styles::badge(badge)),
        // The cell is not filled if most targets have no data.
        Piece::Worst(worst) if worst.is_partial() => {
            text(sheet, at, &worst.says(), &styles::cell().set_bold())
        }
        Piece::Worst(worst) => text(sheet, at, &worst.says(), &styles::badge(&worst.badge)),
        Piece::Nothing => {
            sheet.write_blank(at.0, at.1, &styles::cell())?;
            Ok(())
        }
    }
}

/// Writes a text of one or more lines.
pub(super) fn text(sheet: &mut Worksheet, at: At, text: &str, format: &Format) -> Result<(), XlsxError> {
    let lines: Vec<String> = text.lines().map(words::sayable).collect();
    sheet::put(sheet, at, ColumnKind::Text, format, &Cell::Text(lines.join("\n")))
}

/// Writes a figure.
pub(super) fn number(
    sheet: &mut Worksheet,
    at: At,
    amount: &Amount,
    format: &Format,
) -> Result<(), XlsxError> {
    let (kind, cell) = match *amount {
        Amount::Percent(number) => (ColumnKind::Percentage, number.into()),
        // Cells are in pounds.
        Amount::Pence(number) => (ColumnKind::Decimal, (number / Decimal::ONE_HUNDRED).into()),
        Amount::Count(number) => (ColumnKind::Decimal, number.into()),
        Amount::Day(day) => (ColumnKind::Date, day.into()),
    };
    sheet::put(sheet, at, kind, format, &cell)
}

/// Writes a table's header, aligned left for text columns and right for number columns.
pub(super) fn head<'n>(
    sheet: &mut Worksheet,
    row: u32,
    texts: impl IntoIterator<Item = &'n str>,
    numbers: impl IntoIterator<Item = &'n str>,
) -> Result<(), XlsxError> {
    let texts = texts.into_iter().map(|name| (name, styles::head()));
    let names = texts.chain(numbers.into_iter().map(|name| (name, styles::head_of_numbers())));
    (0..).zip(names).try_for_each(|(column, (name, format))| text(sheet, (row, column), name, &format))
}

/// The height of a line, in points.
const LINE: u32 = 13;

/// The maximum height of a row, in points.
const HIGHEST: u32 = 409;

/// Sets the height of a row for this number of lines, because not every program does so itself.
pub(super) fn set_lines(sheet: &mut Worksheet, row: u32, lines: u32) -> Result<(), XlsxError> {
    sheet.set_row_height(row, lines.saturating_mul(LINE).saturating_add(2).min(HIGHEST))?;
    Ok(())
}

/// Returns the number of lines of a text if it is wrapped between words at this number of
/// characters.
pub(super) fn lines(text: &str, room: usize) -> u32 {
    let of_line = |line: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in line.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                (lines, used) = (lines + 1, 0);
            }
            used += length + usize::from(used > 0);
            lines += used.saturating_sub(1) / room;
            used -= used.saturating_sub(1) / room * room;
        }
        lines
    };
    u32::try_from(text.lines().map(of_line).sum::<usize>()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_text_takes_as_many_lines_as_its_words_need() {
        assert_eq!(lines("one two", 7), 1);
        assert_eq!(lines("one two", 6), 2);
        assert_eq!(lines("one\n\ntwo", 7), 3);
        assert_eq!(lines("eighteen letters a", 4), 5);
        assert_eq!(lines("", 4), 0);
    }
}
