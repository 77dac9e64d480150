//! The cell formats in the workbook.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::framework_report::colours::{BLUE, Fill};
use crate::framework_report::content::{Amount, Badge};
use crate::metrics::model::Status;
use crate::web::sheet::PERCENTAGE;

const GREY_TEXT: Color = Color::RGB(0x4a_5560);
const GRID_LINE: Color = Color::RGB(0xc5_ccd3);
const CLAIM_BACKGROUND: Color = Color::RGB(0xfb_f7ee);

fn base() -> Format {
    Format::new().set_font_name("Arial").set_font_size(10)
}

pub(super) fn title() -> Format {
    base().set_bold().set_font_size(20).set_font_color(BLUE).set_text_wrap().set_align(FormatAlign::Top)
}

pub(super) fn heading() -> Format {
    base().set_bold().set_font_size(14).set_font_color(BLUE)
}

pub(super) fn sentence() -> Format {
    base().set_text_wrap().set_align(FormatAlign::Top)
}

pub(super) fn explanation() -> Format {
    sentence().set_font_color(GREY_TEXT)
}

pub(super) fn warning() -> Format {
    let red = Fill::of_status(Some(Status::Red)).background;
    sentence().set_bold().set_border(FormatBorder::Medium).set_border_color(red)
}

pub(super) fn header() -> Format {
    let header = base().set_bold().set_font_color(Color::White).set_background_color(BLUE);
    header.set_text_wrap().set_align(FormatAlign::Top)
}

pub(super) fn number_header() -> Format {
    header().set_align(FormatAlign::Right).set_indent(1)
}

pub(super) fn cell() -> Format {
    let cell = base().set_text_wrap().set_align(FormatAlign::Top);
    cell.set_border(FormatBorder::Thin).set_border_color(GRID_LINE)
}

pub(super) fn claim() -> Format {
    cell().set_background_color(CLAIM_BACKGROUND).set_border(FormatBorder::Dashed).set_border_color(GREY_TEXT)
}

/// Returns the format of a number. It is aligned right, with a small distance to the text in the
/// next column.
fn number(number_format: &str) -> Format {
    cell().unset_text_wrap().set_num_format(number_format).set_align(FormatAlign::Right).set_indent(1)
}

pub(super) fn count() -> Format {
    number("#,##0")
}

/// Returns the format of a date. The month is a word, so that readers in all countries read the
/// same date.
pub(super) fn day() -> Format {
    number("d mmm yyyy")
}

pub(super) fn month() -> Format {
    day().set_num_format("mmm yyyy")
}

pub(super) fn amount(amount: &Amount) -> Format {
    match amount {
        Amount::Percent(_) => number(PERCENTAGE),
        Amount::Pence(_) => number("\u{a3}#,##0.00;-\u{a3}#,##0.00"),
        Amount::Count(number) if number.is_integer() => count(),
        Amount::Count(_) => number("#,##0.00"),
        Amount::Day(_) => day(),
    }
}

pub(super) fn badge(badge: &Badge) -> Format {
    let fill = Fill::of_status(badge.status);
    cell().set_bold().set_background_color(fill.background).set_font_color(fill.text)
}

/// Returns the format of a text that may extend over the cells to its right.
pub(super) fn overflowing_text() -> Format {
    base().set_align(FormatAlign::Top).set_indent(1)
}
