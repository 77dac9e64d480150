//! The charts in the workbook. They refer to cells, so a change of a cell changes its chart.

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartDataLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartPatternFill, ChartPatternFillType, ChartSolidFill, ChartType, Color,
};

use crate::framework_report::colours::{BLUE, Fill, LINE};
use crate::framework_report::content::{Badge, Document};

const SHEET: &str = "Summary";

/// Returns a chart with a bar for each theme, whose parts are the numbers of targets by status. It
/// reads the rows from `first` to `last`: the theme in column 0, and the numbers from `column` on.
/// The row above them has the names of the statuses.
pub(super) fn status_chart(document: &Document, (first, last): (u32, u32), column: u16) -> Chart {
    let mut chart = Chart::new(ChartType::BarStacked);
    for (column, status) in (column..).zip(&document.statuses) {
        if status.count > 0 {
            let series = chart.add_series();
            series.set_name((SHEET, first - 1, column)).set_categories((SHEET, first, 0, last, 0));
            series.set_values((SHEET, first, column, last, column)).set_gap(45).set_overlap(100);
            series.set_format(&mut status_format(&status.badge)).set_data_label(&count_label(&status.badge));
        }
    }
    chart.title().set_name("Stated targets by theme and status").set_font(&font(12).set_bold().to_owned());
    // The library calls the vertical axis y, also in a horizontal bar chart. Here it has the
    // themes.
    chart.y_axis().set_reverse().set_font(&font(9)).set_major_gridlines(false);
    chart.x_axis().set_hidden(true).set_major_gridlines(false);
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(9));
    chart.set_alt_text("Bars: stated targets of each theme by status. The table above has the same numbers.");
    chart
}

/// Returns a chart with a column for each council's attendance rate. It reads the rows from `first`
/// to `last`: the council in column 0, and the rate in `column`.
pub(super) fn attendance_chart((first, last): (u32, u32), column: u16) -> Chart {
    let mut chart = Chart::new(ChartType::Column);
    let series = chart.add_series();
    series.set_name((SHEET, first - 1, column)).set_categories((SHEET, first, 0, last, 0));
    series.set_values((SHEET, first, column, last, column)).set_gap(40);
    series.set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(BLUE)));
    chart.title().set_name("Attendance by council").set_font(&font(12).set_bold().to_owned());
    chart.x_axis().set_font(font(8).set_rotation(-90)).set_label_interval(1);
    chart.y_axis().set_min(0).set_max(1).set_num_format("0%").set_font(&font(9));
    chart.legend().set_hidden();
    chart.set_alt_text(
        "Columns: each council's attendance, the highest first. The table below has the same numbers.",
    );
    chart
}

fn font(points: u8) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(points);
    font
}

/// Returns the colour and hatching of a status. Hatching is as on the web page, so that readers can
/// distinguish statuses without colour.
fn status_format(badge: &Badge) -> ChartFormat {
    let fill = Fill::of_status(badge.status);
    let mut format = ChartFormat::new();
    format.set_border(ChartLine::new().set_color(LINE).set_width(0.75));
    if fill.is_hatched {
        let mut hatching = ChartPatternFill::new();
        hatching.set_pattern(ChartPatternFillType::DiagonalStripesLightUpwards);
        hatching.set_background_color(fill.background).set_foreground_color(Color::White);
        format.set_pattern_fill(&hatching);
    } else {
        format.set_solid_fill(ChartSolidFill::new().set_color(fill.background));
    }
    format
}

/// Returns the format of the number on a part of a bar, on the colour of its status. The format
/// hides zeros.
fn count_label(badge: &Badge) -> ChartDataLabel {
    let fill = Fill::of_status(badge.status);
    let mut label = ChartDataLabel::new();
    label.show_value().set_position(ChartDataLabelPosition::Center).set_num_format("0;;");
    label.set_font(font(9).set_bold().set_color(fill.text));
    if fill.is_hatched {
        label.set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(fill.background)));
    }
    label
}
