//! Bar charts: targets by status, targets by direction of travel, and a council's attendance.

use super::svg::{Rectangle, Shape, Svg};
use crate::framework_report::colours::{BLUE, Fill, INK, LINE, PAPER, TRACK};
use crate::framework_report::content::{CouncilAttendance, DirectionCounts, ThemeCounts};

/// The size of a stacked bar, in pixels.
const WIDTH: i32 = 240;
const HEIGHT: i32 = 22;

/// The top and bottom edges of the parts of a stacked bar, in pixels.
const TOP: i32 = 1;
const BOTTOM: i32 = HEIGHT - 2;

/// The distance between the diagonal lines of a hatched area, in pixels.
const HATCH_STEP: usize = 6;

/// The width that a part of a bar needs for its number, in pixels.
const NUMBER_WIDTH: i32 = 14;

pub fn status_bar(theme: &ThemeCounts, most_targets: i64) -> Svg {
    let parts = theme.counts.iter().map(|status| (Fill::of_status(status.badge.status), status.count));
    stacked_bar(parts, most_targets)
}

pub fn direction_bar(counts: &DirectionCounts) -> Svg {
    let DirectionCounts { improved, same, declined, not_comparable, .. } = *counts;
    let parts = [
        (Fill::plain(BLUE, PAPER), improved),
        (Fill::plain("9DBCD8", INK), same),
        (Fill::hatched("8A3B12", PAPER), declined),
        (Fill::plain(PAPER, INK), not_comparable),
    ];
    stacked_bar(parts, improved + same + declined + not_comparable)
}

/// Draws a council's attendance as a bar: the part of the expected seats that attended.
pub fn attendance_bar(council: &CouncilAttendance) -> Svg {
    const WIDTH: i32 = 120;
    const HEIGHT: i32 = 9;
    let area = Rectangle { left: 0, top: 0, right: WIDTH - 1, bottom: HEIGHT - 1 };
    let attended = Rectangle { right: scaled(council.attended, council.expected, WIDTH - 1), ..area };
    Svg {
        width: WIDTH,
        height: HEIGHT,
        shapes: vec![
            Shape::Fill { area, colour: TRACK },
            Shape::Fill { area: attended, colour: BLUE },
            Shape::Border { area, colour: LINE },
        ],
    }
}

/// Draws a bar with a part for each count above 0. If the counts add up to `total`, the bar has its
/// full width.
fn stacked_bar(parts: impl IntoIterator<Item = (Fill, i64)>, total: i64) -> Svg {
    let mut shapes = Vec::new();
    let mut sum = 0;
    for (fill, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        let left = scaled(sum, total, WIDTH - 1);
        sum += count;
        let right = scaled(sum, total, WIDTH - 1);
        shapes.extend(part(fill, Rectangle { left, top: TOP, right, bottom: BOTTOM }, count));
    }
    Svg { width: WIDTH, height: HEIGHT, shapes }
}

/// Returns the length in pixels of `count`, if `total` has the length `width`.
fn scaled(count: i64, total: i64, width: i32) -> i32 {
    i32::try_from(count * i64::from(width) / total.max(1)).unwrap_or(width)
}

/// Draws one part of a stacked bar, with its count if there is room.
fn part(fill: Fill, area: Rectangle, count: i64) -> Vec<Shape> {
    let colour = fill.background;
    let mut shapes = vec![Shape::Fill { area, colour }];
    if fill.is_hatched {
        shapes.extend(hatching(area));
    }
    shapes.push(Shape::Border { area, colour: LINE });
    if area.right - area.left >= NUMBER_WIDTH {
        let middle = i32::midpoint(area.left, area.right);
        let (left, right) = (middle - NUMBER_WIDTH / 2, middle + NUMBER_WIDTH / 2);
        if fill.is_hatched {
            let area = Rectangle { left, top: TOP + 2, right, bottom: BOTTOM - 2 };
            shapes.push(Shape::Fill { area, colour });
        }
        let centre = (middle, HEIGHT / 2);
        shapes.push(Shape::Text { text: count.to_string(), centre, colour: fill.text });
    }
    shapes
}

fn hatching(area: Rectangle) -> impl Iterator<Item = Shape> {
    let Rectangle { left, top, right, bottom } = area;
    let height = bottom - top;
    let lines = (left..=right - height).step_by(HATCH_STEP);
    lines.map(move |x| Shape::HatchLine { from: (x, bottom), to: (x + height, top) })
}
