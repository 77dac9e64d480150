//! Converts CSV rows to request bodies and to rows of the database. Each resource has its own
//! module.

mod councils;
mod external_ids;
mod frameworks;
mod groups;
mod meetings;
mod progress;
mod targets;

use super::plan::Plan;

/// Adds all rows to the plan of an import. Continues after an error, so that one import reports all
/// errors.
pub(super) fn add_all(plan: &mut Plan<'_>) {
    councils::add(plan);
    groups::add(plan);
    meetings::add(plan);
    frameworks::add(plan);
    targets::add(plan);
    progress::add(plan);
    external_ids::add(plan);
}
