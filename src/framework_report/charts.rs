//! The charts of the document, as SVG. Positions are whole pixels.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::{Color, DrawingArea, IntoDrawingArea, IntoFont, RGBColor};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::trend::{Reading, Trend};
use super::view::{CouncilShare, DirectionCounts, ThemeCounts};
use crate::metrics::model::Status;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Failure = Box<dyn std::error::Error + Send + Sync>;

const INK: RGBColor = RGBColor(0x1d, 0x23, 0x2b);
const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
const TRACK: RGBColor = RGBColor(0xe6, 0xe9, 0xed);

/// The colour of borders in charts.
pub const LINE: RGBColor = RGBColor(0x5b, 0x65, 0x70);
/// The accent colour of the document.
pub const BLUE: RGBColor = RGBColor(0x1f, 0x4e, 0x79);

/// The look of a part of a bar: the fill, the text colour, and whether it is hatched, so that it is
/// distinguishable without colour.
struct Fill(RGBColor, RGBColor, bool);

/// Returns the look of a status. The style sheet repeats these colours.
const fn fill(status: Option<Status>) -> Fill {
    match status {
        Some(Status::Green) => Fill(RGBColor(0x1b, 0x6e, 0x3c), PAPER, false),
        Some(Status::Amber) => Fill(RGBColor(0xff, 0xbf, 0x47), INK, false),
        Some(Status::Red) => Fill(RGBColor(0xa8, 0x1d, 0x1d), PAPER, true),
        Some(Status::Contextual) => Fill(RGBColor(0xd6, 0xe4, 0xf2), INK, false),
        Some(Status::NotDue | Status::NotApplicable) => Fill(TRACK, INK, false),
        Some(Status::NoData) | None => Fill(PAPER, INK, false),
    }
}

/// Returns the fill and the text colour of a status, in hexadecimal digits.
pub fn colours(status: Option<Status>) -> (String, String) {
    let Fill(colour, ink, _) = fill(status);
    (hex(colour), hex(ink))
}

/// Returns whether parts of bars with this status are hatched.
pub const fn is_hatched(status: Option<Status>) -> bool {
    fill(status).2
}

/// Returns a colour in hexadecimal digits.
pub fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("{red:02X}{green:02X}{blue:02X}")
}

fn picture(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Result<(), Failure>) -> Result<String, Failure> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area)?;
        area.present()?;
    }
    Ok(svg)
}

const BAR: (i32, i32) = (240, 22);

/// Draws a stacked bar. Each part shows its number if there is room.
fn stacked(parts: &[(Fill, i64)], whole: i64) -> Result<String, Failure> {
    picture((BAR.0.unsigned_abs(), BAR.1.unsigned_abs()), |area| {
        let mut before = 0;
        for (fill, count) in parts.iter().filter(|(_, count)| *count > 0) {
            let (from, to) = (along(before, whole), along(before + count, whole));
            segment(area, fill, (from, to), *count)?;
            before += count;
        }
        Ok(())
    })
}

/// Returns the horizontal position of a count in the bar.
fn along(count: i64, whole: i64) -> i32 {
    i32::try_from(count * i64::from(BAR.0 - 1) / whole.max(1)).unwrap_or(BAR.0)
}

fn segment(area: &Area<'_>, fill: &Fill, (from, to): (i32, i32), count: i64) -> Result<(), Failure> {
    let Fill(colour, ink, is_hatched) = *fill;
    let (top, bottom) = (1, BAR.1 - 2);
    area.draw(&Rectangle::new([(from, top), (to, bottom)], colour.filled()))?;
    if is_hatched {
        for x in (from..=to - (bottom - top)).step_by(6) {
            area.draw(&PathElement::new(
                vec![(x, bottom), (x + bottom - top, top)],
                PAPER.mix(0.45).stroke_width(1),
            ))?;
        }
    }
    area.draw(&Rectangle::new([(from, top), (to, bottom)], LINE.stroke_width(1)))?;
    let style = ("sans-serif", 12).into_font().color(&ink).pos(Pos::new(HPos::Center, VPos::Center));
    if to - from >= 14 {
        if is_hatched {
            let middle = i32::midpoint(from, to);
            area.draw(&Rectangle::new([(middle - 7, top + 2), (middle + 7, bottom - 2)], colour.filled()))?;
        }
        area.draw(&Text::new(count.to_string(), (i32::midpoint(from, to), BAR.1 / 2), style))?;
    }
    Ok(())
}

/// Draws a theme's targets by status. The length of the bar is relative to the theme with the most
/// targets.
pub fn statuses(theme: &ThemeCounts, largest: i64) -> Result<String, Failure> {
    let parts: Vec<(Fill, i64)> =
        theme.counts.iter().map(|status| (fill(status.badge.status), status.count)).collect();
    stacked(&parts, largest)
}

/// Draws the numbers of targets by direction of travel.
pub fn directions(counts: &DirectionCounts) -> Result<String, Failure> {
    let DirectionCounts { improved, same, declined, none, .. } = counts;
    let parts = [
        (Fill(BLUE, PAPER, false), *improved),
        (Fill(RGBColor(0x9d, 0xbc, 0xd8), INK, false), *same),
        (Fill(RGBColor(0x8a, 0x3b, 0x12), PAPER, true), *declined),
        (Fill(PAPER, INK, false), *none),
    ];
    stacked(&parts, improved + same + declined + none)
}

/// Draws a council's attendance as attended of expected.
pub fn attendance(council: &CouncilShare) -> Result<String, Failure> {
    const SIZE: (i32, i32) = (120, 9);
    picture((SIZE.0.unsigned_abs(), SIZE.1.unsigned_abs()), |area| {
        let end = council.attended * i64::from(SIZE.0 - 1) / council.expected.max(1);
        let end = i32::try_from(end).unwrap_or(0);
        area.draw(&Rectangle::new([(0, 0), (SIZE.0 - 1, SIZE.1 - 1)], TRACK.filled()))?;
        area.draw(&Rectangle::new([(0, 0), (end, SIZE.1 - 1)], BLUE.filled()))?;
        area.draw(&Rectangle::new([(0, 0), (SIZE.0 - 1, SIZE.1 - 1)], LINE.stroke_width(1)))?;
        Ok(())
    })
}

const TREND: (i32, i32) = (132, 36);

/// The scale of a trend chart.
struct Scale {
    lowest: i64,
    highest: i64,
}

impl Scale {
    fn of(trend: &Trend) -> Self {
        let readings = trend.readings.iter().map(|reading| reading.value);
        let all =
            readings.chain(trend.thresholds.iter().map(|(_, threshold)| *threshold)).chain(trend.ceiling);
        let (lowest, highest) = all.fold((0, 1), |(low, high), value| (low.min(value), high.max(value)));
        Self { lowest, highest }
    }

    fn place(&self, month: i32, value: i64) -> (i32, i32) {
        let height = i128::from(TREND.1 - 10);
        let share = i128::from(value - self.lowest) * height / i128::from(self.highest - self.lowest);
        (6 + month * 11, TREND.1 - 5 - i32::try_from(share).unwrap_or(0))
    }
}

/// Draws a target's trend: a line through its monthly figures, a dot in the colour of the last
/// status, and a dashed threshold.
pub fn trend(trend: &Trend) -> Result<String, Failure> {
    picture((TREND.0.unsigned_abs(), TREND.1.unsigned_abs()), |area| {
        let scale = Scale::of(trend);
        area.draw(&PathElement::new(
            vec![scale.place(0, scale.lowest), scale.place(11, scale.lowest)],
            TRACK.stroke_width(1),
        ))?;
        for (month, threshold) in &trend.thresholds {
            let (x, y) = scale.place(*month, *threshold);
            area.draw(&PathElement::new(vec![(x - 3, y), (x + 3, y)], LINE.stroke_width(1)))?;
        }
        for run in trend.readings.chunk_by(|a, b| a.month + 1 == b.month) {
            let line: Vec<(i32, i32)> =
                run.iter().map(|reading| scale.place(reading.month, reading.value)).collect();
            area.draw(&PathElement::new(line, BLUE.stroke_width(2)))?;
        }
        trend.readings.last().map_or(Ok(()), |last| mark(area, &scale, last))
    })
}

fn mark(area: &Area<'_>, scale: &Scale, last: &Reading) -> Result<(), Failure> {
    let place = scale.place(last.month, last.value);
    area.draw(&Circle::new(place, 4, fill(Some(last.status)).0.filled()))?;
    area.draw(&Circle::new(place, 4, INK.stroke_width(1)))?;
    Ok(())
}
