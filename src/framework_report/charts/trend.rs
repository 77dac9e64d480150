//! The chart that shows a target's trend.

use super::svg::{Point, Shape, Svg};
use crate::framework_report::colours::{BLUE, Fill, INK, LINE, TRACK};
use crate::framework_report::content::{MonthFigure, Trend};

/// The size of the chart, in pixels.
const WIDTH: i32 = 132;
const HEIGHT: i32 = 36;

/// The width between the first month of the plan period and the last, in pixels.
const MONTHS_WIDTH: i32 = 121;

/// Draws a target's trend. A line connects the monthly figures, a dot has the colour of the last
/// status, and a dash shows each month's threshold.
pub fn trend_chart(trend: &Trend) -> Svg {
    let scale = Scale::of(trend);
    let (x, y) = scale.position(0, scale.lowest);
    let base = [(x, y), (x + MONTHS_WIDTH, y)];
    let base = Shape::Line { points: base.into(), width: 1, colour: TRACK };
    let dashes = trend.thresholds.iter().map(|(month, threshold)| {
        let (x, y) = scale.position(*month, *threshold);
        Shape::Line { points: vec![(x - 3, y), (x + 3, y)], width: 1, colour: LINE }
    });
    let runs = trend.months.chunk_by(|a, b| a.month + 1 == b.month);
    let lines = runs.map(|run| Shape::Line {
        points: run.iter().map(|month| scale.of_month(month)).collect(),
        width: 2,
        colour: BLUE,
    });
    let dot = trend.months.last().map(|last| Shape::Dot {
        centre: scale.of_month(last),
        radius: 4,
        colour: Fill::of_status(Some(last.status)).background,
        outline: INK,
    });
    let shapes = std::iter::once(base).chain(dashes).chain(lines).chain(dot).collect();
    Svg { width: WIDTH, height: HEIGHT, shapes }
}

struct Scale {
    lowest: i64,
    highest: i64,
    last_month: i32,
}

impl Scale {
    fn of(trend: &Trend) -> Self {
        let figures = trend.months.iter().map(|month| month.value);
        let thresholds = trend.thresholds.iter().map(|(_, threshold)| *threshold);
        let all = figures.chain(thresholds).chain(trend.ceiling);
        let (lowest, highest) = all.fold((0, 1), |(low, high), value| (low.min(value), high.max(value)));
        Self { lowest, highest, last_month: trend.last_month }
    }

    fn position(&self, month: i32, value: i64) -> Point {
        let height = i128::from(HEIGHT - 10);
        let share = i128::from(value - self.lowest) * height / i128::from(self.highest - self.lowest);
        (6 + month * MONTHS_WIDTH / self.last_month.max(1), HEIGHT - 5 - i32::try_from(share).unwrap_or(0))
    }

    fn of_month(&self, figure: &MonthFigure) -> Point {
        self.position(figure.month, figure.value)
    }
}
