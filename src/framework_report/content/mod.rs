//! The content of the document: its texts and figures in reading order, independent of the format.

mod action;
mod amount;
mod badge;
mod document;
mod plan;
mod summary;
mod target;
mod trend;

pub use action::{ActionSection, MeetingDates};
pub use amount::Amount;
pub use badge::{Badge, WorstStatus};
pub use document::Document;
pub use plan::{OutcomeSection, ThemeSection};
pub use summary::{CouncilAttendance, DirectionCounts, OwnerOverdue, StatusCount, ThemeCounts};
pub use target::{Amounts, Remark, TargetRow, TravelDirection};
pub use trend::{MonthFigure, Trend};
