//! A metric and its roll-ups on the wire.

mod detail;
mod metric;
mod query;
mod status;
mod views;

pub use detail::*;
pub use metric::*;
pub use query::*;
pub use status::*;
pub use views::*;
