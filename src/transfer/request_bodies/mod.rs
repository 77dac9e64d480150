//! Converts the lines of the files to rows, one module for each resource.

mod councils;
mod external_ids;
mod frameworks;
mod groups;
mod meetings;
mod progress;
mod targets;

use super::plan::Plan;

/// Plans the whole import. Planning continues after an error, so that one run reports all errors.
pub(super) fn add_all(plan: &mut Plan<'_>) {
    councils::add(plan);
    groups::add(plan);
    meetings::add(plan);
    frameworks::add(plan);
    targets::add(plan);
    progress::add(plan);
    external_ids::add(plan);
}
