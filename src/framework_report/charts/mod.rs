//! The charts in the web page, as SVG.

mod bars;
mod svg;
mod trend;

pub use bars::{attendance_bar, direction_bar, status_bar};
pub use svg::Svg;
pub use trend::trend_chart;
