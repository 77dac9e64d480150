//! The rules of `docs/metrics.md`, from facts alone: a table for each measure, and tables of the
//! rules that several measures share. The expected figures are worked out by hand.

mod attendance_choices;
mod attendance_rate;
pub mod builders;
mod council_coverage;
mod count_total;
mod deliverable_per_meeting;
mod directions;
mod evaluation_rate;
mod facts_builder;
mod financial_balance;
mod forecasts;
mod long_directions;
mod meeting_builder;
mod meetings_held;
mod milestone;
mod narrative;
mod no_entry;
mod no_meeting_held;
mod ratio;
mod reading;
mod readings_due;
mod register_counts;
mod table;
mod target_builder;
mod thresholds;
