//! The JSON types of metrics, explanations and roll-ups.

mod detail;
mod explanation;
mod metric;
mod query;
mod rows;
mod share;
mod status;
mod views;

pub use detail::*;
pub use explanation::*;
pub use metric::*;
pub use query::*;
pub use rows::*;
pub use share::*;
pub use status::*;
pub use views::*;
